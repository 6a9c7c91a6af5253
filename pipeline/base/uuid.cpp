#include "pipeline/base/uuid.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <stdexcept>

namespace weir {
namespace {

// The value of each hexadecimal digit, 0xff for every other byte:
// a bad digit shows in the high bits of whatever it is or-ed into.
constexpr std::array<std::uint8_t, 256> kDigits = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(0xff);
  for (int i = 0; i < 10; ++i) table['0' + i] = static_cast<std::uint8_t>(i);
  for (int i = 0; i < 6; ++i) table['a' + i] = table['A' + i] = static_cast<std::uint8_t>(10 + i);
  return table;
}();

// Where the two digits of each byte stand in the 36 characters.
constexpr std::array<std::uint8_t, 16> kPlaces{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};

std::uint64_t big_endian(const unsigned char* p8) {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | p8[i];
  return value;
}

// Sets the version and the variant of RFC 9562.
Uuid stamped(Uuid id, std::uint64_t version) {
  id.high = (id.high & ~0xf000ull) | version << 12;
  id.low = (id.low & ~(3ull << 62)) | 2ull << 62;
  return id;
}

}  // namespace

std::optional<Uuid> Uuid::parse(std::string_view text) noexcept {
  if (text.size() != 36) return std::nullopt;
  const auto* in = reinterpret_cast<const unsigned char*>(text.data());
  unsigned bad = (in[8] ^ '-') | (in[13] ^ '-') | (in[18] ^ '-') | (in[23] ^ '-');
  std::array<std::uint64_t, 2> halves{};
  for (std::size_t i = 0; i < kPlaces.size(); ++i) {
    const unsigned high = kDigits[in[kPlaces[i]]];
    const unsigned low = kDigits[in[kPlaces[i] + 1]];
    bad |= (high | low) & 0xf0u;
    halves[i / 8] = halves[i / 8] << 8 | (high << 4 | low);
  }
  if (bad != 0) return std::nullopt;
  return Uuid{halves[0], halves[1]};
}

std::optional<Uuid> Uuid::parse_any_spelling(std::string_view text) noexcept {
  constexpr std::string_view kUrn = "urn:uuid:";
  if (text.size() > kUrn.size() && std::equal(kUrn.begin(), kUrn.end(), text.begin(), [](char wanted, char is) {
        return wanted == (is >= 'A' && is <= 'Z' ? static_cast<char>(is - 'A' + 'a') : is);
      })) {
    text.remove_prefix(kUrn.size());
  } else if (text.size() > 2 && text.front() == '{' && text.back() == '}') {
    text = text.substr(1, text.size() - 2);
  }
  if (text.size() != 32) return parse(text);
  std::array<char, 36> dashed;
  dashed[8] = dashed[13] = dashed[18] = dashed[23] = '-';
  for (std::size_t i = 0; i < 32; ++i) dashed[kPlaces[i / 2] + i % 2] = text[i];
  return parse({dashed.data(), dashed.size()});
}

Uuid Uuid::random() {
  std::array<unsigned char, 16> bytes;
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    throw std::runtime_error("the system's random number generator does not answer; cannot make an id");
  }
  return stamped(from_bytes(bytes.data()), 4);
}

Uuid Uuid::v5(const Uuid& name_space, std::string_view name) {
  const std::array<unsigned char, 16> prefix = name_space.bytes();
  std::string input(reinterpret_cast<const char*>(prefix.data()), prefix.size());
  input.append(name);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (EVP_Digest(input.data(), input.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1 || size < 16) {
    throw std::runtime_error("OpenSSL refuses SHA-1, which version 5 UUIDs are made with; is a FIPS policy in force?");
  }
  return stamped(from_bytes(digest.data()), 5);
}

std::string Uuid::str() const {
  std::string text(36, '-');
  write_to(text.data());
  return text;
}

void Uuid::write_to(char* out36) const noexcept {
  static constexpr char kHex[] = "0123456789abcdef";
  out36[8] = out36[13] = out36[18] = out36[23] = '-';
  for (std::size_t i = 0; i < kPlaces.size(); ++i) {
    const std::uint64_t half = i < 8 ? high : low;
    const auto byte = static_cast<unsigned char>(half >> (56 - 8 * (i % 8)));
    out36[kPlaces[i]] = kHex[byte >> 4];
    out36[kPlaces[i] + 1] = kHex[byte & 0xf];
  }
}

std::array<unsigned char, 16> Uuid::bytes() const {
  std::array<unsigned char, 16> out;
  for (std::size_t i = 0; i < 16; ++i) out[i] = static_cast<unsigned char>((i < 8 ? high : low) >> (56 - 8 * (i % 8)));
  return out;
}

Uuid Uuid::from_bytes(const unsigned char* p16) {
  return Uuid{big_endian(p16), big_endian(p16 + 8)};
}

}  // namespace weir
