#include "cli/run/summary_file.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <unistd.h>

namespace weir::cli {

namespace {

namespace fs = std::filesystem;

Error cannot(const std::string& target, std::string_view why) {
  return Error(Errc::io, "cannot write the summary to '" + target + "': " + std::string(why) +
                             "; choose another --summary, or - for standard output");
}

// A pipe or device is written as it is: it must not be replaced by a file.
bool is_special(const fs::path& path) {
  std::error_code failure;
  const fs::file_status status = fs::status(path, failure);
  return fs::exists(status) && !fs::is_regular_file(status);
}

}  // namespace

Result<void> check_summary_target(const std::string& target) {
  if (target.empty() || target == "-") return {};
  std::error_code failure;
  if (fs::is_directory(target, failure)) return cannot(target, "it is a directory");
  if (is_special(target)) {
    return ::access(target.c_str(), W_OK) == 0 ? Result<void>() : Result<void>(cannot(target, std::strerror(errno)));
  }
  const fs::path parent = fs::path(target).parent_path();
  const fs::path directory = parent.empty() ? fs::path(".") : parent;
  if (!fs::is_directory(directory, failure))
    return cannot(target, "there is no directory '" + directory.string() + "'");
  if (::access(directory.c_str(), W_OK) != 0) return cannot(target, std::strerror(errno));
  return {};
}

Result<void> write_summary(const std::string& target, std::string_view document, std::ostream& out) {
  if (target == "-") {
    out << document << std::flush;
    return out ? Result<void>() : Result<void>(Error(Errc::io, "cannot write the summary to standard output"));
  }
  const bool special = is_special(target);
  const fs::path written = special ? fs::path(target) : fs::path(target + ".part");
  {
    std::ofstream file(written, std::ios::binary | std::ios::trunc);
    file << document;
    file.close();
    if (!file) return cannot(target, std::strerror(errno));
  }
  std::error_code failure;
  if (!special) fs::rename(written, target, failure);
  return failure ? Result<void>(cannot(target, failure.message())) : Result<void>();
}

}  // namespace weir::cli
