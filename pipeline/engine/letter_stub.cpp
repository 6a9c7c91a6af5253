#include "pipeline/engine/letter_stub.hpp"

#include "pipeline/engine/dead_letter.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <new>
#include <string>

namespace weir {
namespace {

constexpr std::size_t kAdded = 5;

bool is_long(std::string_view bytes) {
  return bytes.size() > kKeptOfCut;
}

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) return {};
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    text.push_back(kDigits[digest[i] >> 4]);
    text.push_back(kDigits[digest[i] & 15]);
  }
  return text;
}

}  // namespace

std::optional<LetterCut> next_cut(const Message& letter, LetterCut done) {
  if (done == LetterCut::nothing && is_long(letter.payload)) return LetterCut::payload;
  if (done == LetterCut::headers) return std::nullopt;
  LetterHeaders ours;
  const auto is_of_record = [&ours](const Header& header) {
    return !ours.holds(header);
  };
  const bool has_more = is_long(letter.key) || std::ranges::any_of(letter.headers, is_of_record);
  return has_more ? std::optional(LetterCut::headers) : std::nullopt;
}

Message cut_letter(Batch& batch, const Message& letter, LetterCut cut) {
  const std::size_t most = letter.headers.size() + kAdded;
  auto* const headers = static_cast<Header*>(batch.arena().allocate(most * sizeof(Header), alignof(Header)));
  std::size_t count = 0;
  const auto add = [&](std::string_view name, std::string_view value) {
    new (&headers[count++]) Header{name, value};
  };

  LetterHeaders ours;
  for (const Header& header : letter.headers) {
    if (cut != LetterCut::headers || ours.holds(header)) add(header.name, header.value);
  }
  const std::size_t left_out = letter.headers.size() - count;
  if (is_long(letter.payload)) {
    add("weir-payload-cut", "true");
    add("weir-payload-size", batch.copy(std::to_string(letter.payload.size())));
    add("weir-payload-sha256", batch.copy(sha256(letter.payload)));
  }
  if (left_out > 0) add("weir-headers-cut", batch.copy(std::to_string(left_out)));
  const bool cuts_key = cut == LetterCut::headers && is_long(letter.key);
  if (cuts_key) add("weir-key-cut", batch.copy(std::to_string(letter.key.size())));

  Message stub;
  stub.payload = letter.payload.substr(0, std::min(letter.payload.size(), kKeptOfCut));
  stub.key = cuts_key ? letter.key.substr(0, kKeptOfCut) : letter.key;
  stub.headers = {headers, count};
  stub.origin = letter.origin;
  stub.sequence = letter.sequence;
  stub.sink = letter.sink;
  stub.event = letter.event;
  stub.event.data = {};  // as much of the payload as was cut
  stub.event.extra = {};
  return stub;
}

}  // namespace weir
