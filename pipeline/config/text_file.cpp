#include "pipeline/config/text_file.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

namespace weir::config {

Result<std::string> read_text_file(const std::filesystem::path& file, std::size_t most) {
  std::error_code failure;
  const std::filesystem::file_status status = std::filesystem::status(file, failure);
  if (status.type() == std::filesystem::file_type::not_found) return Error(Errc::not_found, "does not exist");
  if (failure) return Error(Errc::io, "cannot be read: " + failure.message());
  // Opening a pipe or a device could wait for ever.
  if (!std::filesystem::is_regular_file(status)) return Error(Errc::io, "is not a regular file");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return Error(Errc::io, std::string("cannot be opened: ") + std::strerror(errno));
  std::string text(most + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) return Error(Errc::io, "cannot be read to its end");
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > most) return Error(Errc::io, "is larger than " + std::to_string(most >> 10U) + " KiB");
  return text;
}

}  // namespace weir::config
