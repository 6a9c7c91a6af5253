#include "pipeline/admin/process_stats.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

namespace weir::admin {

namespace {

std::string read_file(const char* path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

// Seconds since 1970 at which the machine was started.
std::optional<double> boot_time() {
  std::ifstream file("/proc/stat");
  std::string word;
  double value = 0;
  while (file >> word) {
    if (word == "btime" && file >> value) return value;
  }
  return std::nullopt;
}

void read_stat(ProcessStats& out) {
  // "PID (NAME) STATE …": a name may hold blanks and brackets, so the fields are counted behind the last one.
  const std::string text = read_file("/proc/self/stat");
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return;
  std::istringstream fields(text.substr(name_end + 1));
  std::array<std::string, 22> behind;  // of the name; [0] is the third field of proc(5)
  for (std::string& field : behind) fields >> field;
  if (!fields) return;
  const auto number = [&behind](std::size_t field) {
    return std::strtod(behind[field - 3].c_str(), nullptr);
  };
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  out.cpu_seconds = (number(14) + number(15)) / ticks;
  out.threads = static_cast<std::uint64_t>(number(20));
  out.virtual_bytes = static_cast<std::uint64_t>(number(23));
  out.resident_bytes = static_cast<std::uint64_t>(number(24)) * page;
  if (const std::optional<double> boot = boot_time()) out.start_time = *boot + number(22) / ticks;
}

}  // namespace

ProcessStats read_process_stats() {
  ProcessStats out;
  read_stat(out);
  std::error_code failure;
  std::uint64_t files = 0;
  for (std::filesystem::directory_iterator at("/proc/self/fd", failure), end; !failure && at != end;
       at.increment(failure))
    ++files;
  if (!failure && files > 0) out.open_files = files - 1;  // one is the look itself
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) out.most_files = limit.rlim_cur;
  return out;
}

}  // namespace weir::admin
