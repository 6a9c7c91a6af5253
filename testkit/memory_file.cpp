#include "testkit/memory_file.hpp"

namespace weir::testkit {

Result<void> MemoryFile::append(std::string_view bytes) {
  if (error_) return *error_;
  text_.append(bytes);
  return {};
}

std::vector<std::string> MemoryFile::lines() const {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text_.size();) {
    const std::size_t end = text_.find('\n', begin);
    lines.push_back(text_.substr(begin, end - begin));
    begin = end == std::string::npos ? text_.size() : end + 1;
  }
  return lines;
}

}  // namespace weir::testkit
