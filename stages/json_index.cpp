#include "stages/json_index.hpp"

#include "pipeline/text/utf8.hpp"

#include <simdjson.h>

#include <cstring>
#include <limits>
#include <stdexcept>

namespace weir::stages {
namespace {

constexpr std::size_t kSmallest = 16 * 1024;  // first capacity; most events fit
constexpr std::size_t kKept = 1024 * 1024;    // larger buffers are given back with the next small text

// The first control character inside a string: what stage 1 has found, it does not say where.
std::size_t first_control_character(std::string_view text) {
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (in_string && byte < 0x20) return i;
    if (in_string && byte == '\\')
      ++i;
    else if (byte == '"')
      in_string = !in_string;
  }
  return text.size();
}

// Where the string begins that never ends.
std::size_t last_open_string(std::string_view text) {
  std::size_t opened = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (in_string && text[i] == '\\')
      ++i;
    else if (text[i] == '"') {
      in_string = !in_string;
      if (in_string) opened = i;
    }
  }
  return opened;
}

}  // namespace

struct JsonIndex::Parser {
  const simdjson::implementation* kernel = nullptr;
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stages;
};

JsonIndex::JsonIndex(std::string_view kernel) : parser_(std::make_unique<Parser>()) {
  if (kernel.empty()) {
    // The active implementation detects the machine at its first
    // use; the detected one is then a constant of the process.
    const simdjson::implementation* best = simdjson::get_available_implementations().detect_best_supported();
    parser_->kernel = best;
  } else {
    parser_->kernel = simdjson::get_available_implementations()[std::string(kernel)];
  }
  if (parser_->kernel == nullptr || !parser_->kernel->supported_by_runtime_system()) {
    throw std::invalid_argument("this machine has no simdjson kernel '" + std::string(kernel) + "'");
  }
}

JsonIndex::~JsonIndex() = default;
JsonIndex::JsonIndex(JsonIndex&&) noexcept = default;
JsonIndex& JsonIndex::operator=(JsonIndex&&) noexcept = default;

std::vector<std::string> JsonIndex::kernels() {
  std::vector<std::string> names;
  for (const simdjson::implementation* kernel : simdjson::get_available_implementations()) {
    if (kernel->supported_by_runtime_system()) names.push_back(kernel->name());
  }
  return names;
}

bool JsonIndex::reserve(std::size_t size) {
  const bool fits = text_ != nullptr && size <= capacity_;
  const bool too_large = capacity_ > kKept && size <= kKept;
  if (fits && !too_large) return true;
  std::size_t wanted = kSmallest;
  while (wanted < size) wanted *= 2;
  parser_->stages.reset();
  text_.reset();
  capacity_ = 0;
  // The depth only sizes memory of simdjson's second stage, which is not used.
  if (parser_->kernel->create_dom_parser_implementation(wanted, 1, parser_->stages) != simdjson::SUCCESS) {
    problem_ = {"it needs more memory than there is", 0};
    return false;
  }
  text_ = std::make_unique_for_overwrite<char[]>(wanted + simdjson::SIMDJSON_PADDING);
  capacity_ = wanted;
  return true;
}

bool JsonIndex::build(std::string_view text) {
  size_ = 0;
  token_count_ = 0;
  if (text.size() >= std::numeric_limits<std::uint32_t>::max()) {
    problem_ = {"it is larger than 4 GiB", 0};
    return false;
  }
  if (!reserve(text.size())) return false;
  if (!text.empty()) std::memcpy(text_.get(), text.data(), text.size());
  std::memset(text_.get() + text.size(), ' ', simdjson::SIMDJSON_PADDING);
  size_ = text.size();
  // A byte order mark says nothing in UTF-8; blanks in its place leave every offset as it is.
  if (text.starts_with(text::kByteOrderMark)) std::memset(text_.get(), ' ', text::kByteOrderMark.size());
  const simdjson::error_code error = parser_->stages->stage1(reinterpret_cast<const std::uint8_t*>(text_.get()), size_,
                                                             simdjson::stage1_mode::regular);
  if (error != simdjson::SUCCESS) {
    explain(error);
    return false;
  }
  tokens_ = parser_->stages->structural_indexes.get();
  token_count_ = parser_->stages->n_structural_indexes;
  has_escapes_ = std::memchr(text_.get(), '\\', size_) != nullptr;
  return true;
}

void JsonIndex::explain(int simdjson_error) {
  const std::string_view text = this->text();
  const std::size_t bad_utf8 = text::find_invalid_utf8(text).value_or(text.size());
  if (bad_utf8 < text.size()) {
    problem_ = {"it is not valid UTF-8", bad_utf8};
    return;
  }
  switch (simdjson_error) {
    case simdjson::UNCLOSED_STRING:
      problem_ = {"it ends inside a string (is it truncated?)", last_open_string(text)};
      return;
    case simdjson::UNESCAPED_CHARS:
      problem_ = {"a control character stands unescaped in a string", first_control_character(text)};
      return;
    case simdjson::EMPTY:
      problem_ = {"there is nothing but white space", 0};
      return;
    default:
      problem_ = {"it is not JSON", 0};
  }
}

}  // namespace weir::stages
