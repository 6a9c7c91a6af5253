#include "testkit/case/input_file.hpp"

#include "pipeline/config/scalars.hpp"
#include "pipeline/text/quotes.hpp"

#include <fstream>
#include <system_error>

namespace weir::testkit {

namespace {

constexpr std::size_t kMostMegabytes = 64;

}  // namespace

std::optional<std::string> read_input_file(const config::Node& node, const std::string& path, const Vocabulary& words,
                                           config::Diagnostics& out) {
  std::string name;
  if (!config::read_string(node, {path, false, out}, name)) return std::nullopt;
  const std::filesystem::path file = words.directory / name;
  const auto refuse = [&](const std::string& why, std::string hint) {
    out.error("unreadable-file", node.mark(), path, "the file " + text::in_quotes(file) + " " + why, std::move(hint));
    return std::nullopt;
  };
  std::error_code failure;
  if (!std::filesystem::is_regular_file(file, failure)) {
    return refuse(std::filesystem::exists(file, failure) ? "is no regular file" : "is not there",
                  "paths begin in the directory of the file that holds the test");
  }
  const std::uintmax_t size = std::filesystem::file_size(file, failure);
  if (failure) return refuse("cannot be read: " + failure.message(), {});
  if (size > (kMostMegabytes << 20U))
    return refuse("has more than " + std::to_string(kMostMegabytes) + " MiB", "tests want small inputs");
  std::ifstream stream(file, std::ios::binary);
  std::string bytes(size, '\0');
  stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!stream || static_cast<std::uintmax_t>(stream.gcount()) != size)
    return refuse("cannot be read", "check its permissions");
  return bytes;
}

}  // namespace weir::testkit
