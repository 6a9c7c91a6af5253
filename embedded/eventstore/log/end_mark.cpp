#include "embedded/eventstore/log/end_mark.hpp"

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace weir::embedded::eventstore {

namespace {

// The position, and its complement as a check: "00000000000000000042 18446744073709551573\n".
constexpr std::size_t kDigits = 20;
constexpr std::size_t kSize = 2 * kDigits + 2;

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t out = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return out;
}

std::optional<Position> parse(std::string_view bytes) {
  if (bytes.size() != kSize || bytes[kDigits] != ' ' || bytes.back() != '\n') return std::nullopt;
  const std::optional<std::uint64_t> position = number(bytes.substr(0, kDigits));
  const std::optional<std::uint64_t> check = number(bytes.substr(kDigits + 1, kDigits));
  if (!position || !check || *check != ~*position) return std::nullopt;
  return position;
}

Error failure(const std::filesystem::path& file, std::string_view doing) {
  return Error(Errc::io, "cannot " + std::string(doing) + " '" + file.string() +
                             "': " + std::system_category().message(errno) + "; check free space and permissions");
}

}  // namespace

Result<EndMark> EndMark::open(const std::filesystem::path& file) {
  EndMark mark(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (mark.file_ < 0) return failure(file, "open");
  char bytes[kSize + 1];
  const ssize_t size = ::pread(mark.file_, bytes, sizeof bytes, 0);
  if (size < 0) return failure(file, "read");
  const std::string_view found(bytes, static_cast<std::size_t>(size));
  // New; NULs are what a power cut leaves of one that never reached the disk, which it does before the first event.
  if (found.size() <= kSize && found.find_first_not_of('\0') == std::string_view::npos) return mark;
  const std::optional<Position> position = parse(found);
  if (!position) {
    return Error(Errc::corrupt, "'" + file.string() +
                                    "' is damaged: it no longer says how far the log reaches; look whether the rest of "
                                    "the directory is whole, then remove it");
  }
  mark.position_ = *position;
  return mark;
}

EndMark::~EndMark() {
  if (file_ >= 0) ::close(file_);
}

bool EndMark::set(Position position) {
  char bytes[kSize + 1];
  std::snprintf(bytes, sizeof bytes, "%020llu %020llu\n", static_cast<unsigned long long>(position),
                static_cast<unsigned long long>(~position));
  if (::pwrite(file_, bytes, kSize, 0) != static_cast<ssize_t>(kSize)) return false;
  position_ = position;
  return true;
}

bool EndMark::sync() {
  return ::fdatasync(file_) == 0;
}

}  // namespace weir::embedded::eventstore
