// The live line of one pipeline: a pure function of a snapshot.
#pragma once

#include "pipeline/base/clock.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace weir::cli {

// What is shown of a pipeline at one moment.
struct PipelineFigures {
  std::string name;
  std::string state;  // "running", "paused", ...
  std::string note;   // why it is in that state; may be empty
  std::uint64_t consumed = 0;
  std::uint64_t written = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t dropped = 0;
  std::uint64_t dead_lettered = 0;
  std::uint64_t in_flight = 0;
  std::optional<std::uint64_t> lag;
};

// One line without a line feed, at most `width` visible characters: in words, or, where these do not fit, in short
// forms. Without a rate a dash stands for it. The note is not in it. `name_width` aligns several lines.
std::string render_figures(const PipelineFigures& figures, std::optional<double> consumed_per_second,
                           std::size_t name_width, std::size_t width, bool colours);

// A rate over the last few seconds, from samples of a count that only grows.
class RateMeter {
 public:
  explicit RateMeter(Duration window = std::chrono::seconds(3)) : window_(window) {}
  void sample(TimePoint now, std::uint64_t count);
  double per_second() const;

 private:
  Duration window_;
  std::deque<std::pair<TimePoint, std::uint64_t>> samples_;
};

}  // namespace weir::cli
