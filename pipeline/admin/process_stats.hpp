// What the operating system counts of this process.
#pragma once

#include <cstdint>
#include <optional>

namespace weir::admin {

struct ProcessStats {
  std::optional<std::uint64_t> resident_bytes;
  std::optional<std::uint64_t> virtual_bytes;
  std::optional<std::uint64_t> threads;
  std::optional<double> cpu_seconds;
  std::optional<double> start_time;  // seconds since 1970
  std::optional<std::uint64_t> open_files;
  std::optional<std::uint64_t> most_files;
};

// From /proc; what cannot be read there stays empty. Blocks for some microseconds.
ProcessStats read_process_stats();

}  // namespace weir::admin
