#include "cli/test/starter.hpp"
#include "cli/verbs.hpp"
#include "pipeline/text/quotes.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <ostream>
#include <system_error>
#include <unistd.h>

namespace weir::cli {

namespace {

// Fails where there is such a file already, however it came there: nothing of anybody's is ever overwritten.
std::error_code write_new(const std::filesystem::path& file, std::string_view text) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0) return {errno, std::generic_category()};
  std::error_code failure;
  while (!text.empty() && !failure) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written >= 0)
      text.remove_prefix(static_cast<std::size_t>(written));
    else if (errno != EINTR)
      failure = {errno, std::generic_category()};
  }
  if (::close(descriptor) != 0 && !failure) failure = {errno, std::generic_category()};
  return failure;
}

}  // namespace

ExitCode make_project(const InitOptions& options, Console& console) {
  std::error_code failure;
  std::filesystem::create_directories(options.directory, failure);
  if (failure) {
    console.error("the directory " + text::in_quotes(options.directory) + " cannot be made: " + failure.message());
    return ExitCode::failed;
  }
  // All or nothing, as far as can be seen before.
  for (const StarterFile& file : starter_files()) {
    const std::filesystem::path path = (options.directory / file.name).lexically_normal();
    if (!std::filesystem::exists(path, failure)) continue;
    console.error("there is " + text::in_quotes(path) +
                  " already, and it is not overwritten; name another directory: weir init DIR");
    return ExitCode::in_use;
  }
  for (const StarterFile& file : starter_files()) {
    const std::filesystem::path path = (options.directory / file.name).lexically_normal();
    failure = write_new(path, file.text);
    if (failure) {
      console.error(text::in_quotes(path) + " cannot be written: " + failure.message());
      return failure == std::errc::file_exists ? ExitCode::in_use : ExitCode::failed;
    }
    console.out << "wrote " << path.string() << '\n';
  }
  const std::string directory = options.directory == "." ? "" : "cd " + options.directory.string() + " && ";
  console.out << "try: " << directory << "weir test\n";
  return ExitCode::ok;
}

}  // namespace weir::cli
