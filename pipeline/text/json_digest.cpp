#include "pipeline/text/json_digest.hpp"

#include <array>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace weir::text {
namespace {

constexpr std::size_t kDeepest = 256;
constexpr std::string_view kBlanks = " \t\r\n";

// The parts of a JSON text from the left to the right. False: it is not JSON here.
class Reader {
 public:
  explicit Reader(std::string_view rest) : rest_(rest) { skip_blanks(); }

  char next() const { return rest_.empty() ? '\0' : rest_.front(); }
  bool at_end() const { return rest_.empty(); }

  bool take(char wanted) {
    if (next() != wanted) return false;
    rest_.remove_prefix(1);
    skip_blanks();
    return true;
  }

  // A text, without its quotes.
  bool take_text(std::string_view& inside) {
    if (next() != '"') return false;
    std::size_t end = 1;
    while (end < rest_.size() && rest_[end] != '"') end += rest_[end] == '\\' ? 2 : 1;
    if (end >= rest_.size()) return false;
    inside = rest_.substr(1, end - 1);
    skip(end + 1);
    return true;
  }

  // A number, true, false or null.
  bool take_scalar(std::string_view& scalar) {
    std::size_t end = rest_.find_first_of(",:{}[]\" \t\r\n");
    if (end == std::string_view::npos) end = rest_.size();
    if (end == 0) return false;
    scalar = rest_.substr(0, end);
    skip(end);
    return true;
  }

  bool take_name(std::string_view& name) { return take_text(name) && take(':'); }

  // Moves past a value of any kind.
  bool skip_value(std::size_t depth = 0) {
    if (depth > kDeepest) return false;
    std::string_view unused;
    if (next() == '"') return take_text(unused);
    if (next() != '{' && next() != '[') return take_scalar(unused);
    const char close = next() == '{' ? '}' : ']';
    take(next());
    if (take(close)) return true;
    do {
      if (close == '}' && !take_name(unused)) return false;
      if (!skip_value(depth + 1)) return false;
    } while (take(','));
    return take(close);
  }

  const char* at() const { return rest_.data(); }

 private:
  void skip(std::size_t bytes) {
    rest_.remove_prefix(bytes);
    skip_blanks();
  }
  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlanks), rest_.size())); }

  std::string_view rest_;
};

// The pointers whose steps so far are the way to the value at hand.
using Matching = std::vector<const JsonDigest::Pointer*>;

class Digest {
 public:
  Digest(std::string_view json, std::uint64_t seed) : reader_(json), seed_(seed) {}

  bool whole(const Matching& ignored, std::uint64_t& digest) { return value(ignored, 0, digest) && reader_.at_end(); }

 private:
  std::uint64_t hash(std::string_view bytes, char kind) const {
    return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed_ + static_cast<unsigned char>(kind));
  }
  std::uint64_t mix(std::uint64_t a, std::uint64_t b, char kind) const {
    const std::array<std::uint64_t, 2> both{a, b};
    return XXH3_64bits_withSeed(both.data(), sizeof both, seed_ + static_cast<unsigned char>(kind));
  }

  bool value(const Matching& ignored, std::size_t depth, std::uint64_t& digest) {
    if (depth > kDeepest) return false;
    std::string_view plain;
    switch (reader_.next()) {
      case '{':
        return object(ignored, depth, digest);
      case '[':
        return array(ignored, depth, digest);
      case '"':
        if (!reader_.take_text(plain)) return false;
        digest = hash(plain, '"');
        return true;
      default:
        if (!reader_.take_scalar(plain)) return false;
        digest = hash(plain, '1');
        return true;
    }
  }

  // A sum, for the order does not count.
  bool object(const Matching& ignored, std::size_t depth, std::uint64_t& digest) {
    reader_.take('{');
    std::uint64_t sum = 0;
    if (!reader_.take('}')) {
      do {
        std::string_view name;
        if (!reader_.take_name(name)) return false;
        std::uint64_t member = 0;
        bool counts = true;
        if (!nested(ignored, name, depth, member, counts)) return false;
        if (counts) sum += mix(hash(name, ':'), member, ':');
      } while (reader_.take(','));
      if (!reader_.take('}')) return false;
    }
    digest = mix(sum, 0, '{');
    return true;
  }

  bool array(const Matching& ignored, std::size_t depth, std::uint64_t& digest) {
    reader_.take('[');
    std::uint64_t all = 0;
    if (!reader_.take(']')) {
      std::size_t number = 0;
      do {
        std::uint64_t item = 0;
        bool counts = true;
        if (!nested(ignored, ignored.empty() ? std::string() : std::to_string(number), depth, item, counts)) {
          return false;
        }
        if (counts) all = mix(all, item, ',');
        ++number;
      } while (reader_.take(','));
      if (!reader_.take(']')) return false;
    }
    digest = mix(all, 0, '[');
    return true;
  }

  // The value of a member or an item, one step deeper; `counts` becomes false when it is ignored.
  bool nested(const Matching& ignored, std::string_view step, std::size_t depth, std::uint64_t& digest, bool& counts) {
    Matching deeper;
    for (const JsonDigest::Pointer* pointer : ignored) {
      if ((*pointer)[depth] != step) continue;
      if (pointer->size() == depth + 1) {
        counts = false;
        return reader_.skip_value(depth + 1);
      }
      deeper.push_back(pointer);
    }
    return value(deeper, depth + 1, digest);
  }

  Reader reader_;
  std::uint64_t seed_;
};

JsonDigest::Pointer steps_of(std::string_view pointer) {
  JsonDigest::Pointer steps;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);  // the '/'
    const std::string_view raw = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(raw.size());
    std::string& step = steps.emplace_back();
    for (std::size_t i = 0; i < raw.size(); ++i) {
      const bool escaped = raw[i] == '~' && i + 1 < raw.size();
      step.push_back(!escaped ? raw[i] : raw[++i] == '0' ? '~' : '/');
    }
  }
  return steps;
}

}  // namespace

JsonDigest::JsonDigest(std::uint64_t seed, std::span<const std::string> ignored) : seed_(seed) {
  for (const std::string& pointer : ignored) {
    if (!pointer.empty()) ignored_.push_back(steps_of(pointer));
  }
}

std::optional<std::uint64_t> JsonDigest::of(std::string_view json) const {
  Matching all;
  for (const Pointer& pointer : ignored_) all.push_back(&pointer);
  std::uint64_t digest = 0;
  if (!Digest(json, seed_).whole(all, digest)) return std::nullopt;
  return digest;
}

bool is_json_pointer(std::string_view text) {
  if (!text.starts_with('/')) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_escape = i + 1 < text.size() && (text[i + 1] == '0' || text[i + 1] == '1');
    if (text[i] == '~' && !is_escape) return false;
  }
  return true;
}

std::optional<std::string_view> json_member(std::string_view json, std::string_view name) {
  Reader reader(json);
  if (!reader.take('{') || reader.next() == '}') return std::nullopt;
  do {
    std::string_view found;
    if (!reader.take_name(found)) return std::nullopt;
    const char* const begin = reader.at();
    if (!reader.skip_value()) return std::nullopt;
    if (found != name) continue;
    std::string_view value(begin, static_cast<std::size_t>(reader.at() - begin));
    value.remove_suffix(value.size() - 1 - value.find_last_not_of(kBlanks));
    return value;
  } while (reader.take(','));
  return std::nullopt;
}

}  // namespace weir::text
