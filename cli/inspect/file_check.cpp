#include "cli/inspect/file_check.hpp"

#include "cli/run/data_dir.hpp"
#include "pipeline/text/quotes.hpp"

#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace weir::cli {

namespace {

bool is_there(const std::filesystem::path& path) {
  std::error_code failure;
  return std::filesystem::exists(path, failure);
}

// The folder that is there, at or above `path`.
std::filesystem::path nearest_folder(std::filesystem::path path) {
  path = std::filesystem::absolute(path).lexically_normal();
  while (!is_there(path) && path.has_relative_path()) path = path.parent_path();
  return path;
}

CheckLine check_folder(const std::string& what, const std::filesystem::path& folder) {
  const std::filesystem::path there = nearest_folder(folder);
  std::error_code failure;
  if (!std::filesystem::is_directory(there, failure))
    return CheckLine::failed(what, text::in_quotes(there) + " is no folder", "take it away, or name another place");
  if (::access(there.c_str(), W_OK | X_OK) != 0) {
    return CheckLine::failed(what, "the folder " + text::in_quotes(there) + " is not writable: " + std::strerror(errno),
                             "let this user write there, or name another place");
  }
  return CheckLine::ok(what, there == std::filesystem::absolute(folder).lexically_normal()
                                 ? "its folder is writable"
                                 : "its folder is made when it is needed, below " + text::in_quotes(there));
}

CheckLine check_file(const std::string& what, const std::filesystem::path& file) {
  if (!is_there(file)) return check_folder(what, file.parent_path());
  std::error_code failure;
  if (std::filesystem::is_directory(file, failure))
    return CheckLine::failed(what, "it is a folder", "name a file in it");
  if (::access(file.c_str(), W_OK) == 0) return CheckLine::ok(what, "there, and writable");
  return CheckLine::failed(what, std::string("it is not writable: ") + std::strerror(errno),
                           "let this user write it, or name another file");
}

}  // namespace

std::vector<CheckLine> check_files(const Topology& topology, const std::vector<CheckRequest::Need>& needs,
                                   const std::filesystem::path& data_dir) {
  std::vector<CheckLine> lines;
  for (const CheckRequest::Need& need : needs) {
    if (need.use.what != Use::What::file) continue;
    const std::filesystem::path file = data_dir / need.use.name;
    lines.push_back(check_file("file " + text::in_quotes(file) + " (" + need.by + ")", file));
  }
  if (data_needs_of(topology).any())
    lines.push_back(check_folder("data directory " + text::in_quotes(data_dir), data_dir));
  return lines;
}

}  // namespace weir::cli
