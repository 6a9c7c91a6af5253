// What a person sees of a run: figures of every pipeline, live on a terminal or once at the end.
#pragma once

#include "cli/terminal/progress.hpp"
#include "pipeline/control/summary.hpp"

#include <map>
#include <string>
#include <vector>

namespace weir::cli {

PipelineFigures figures_of(const PipelineSummary& summary);

// The live lines of a run: one per pipeline, and one below it when there is a reason why nothing moves.
//
// Lifetime: a run. Executor: one thread. Cancellation, Errors: none.
class RunDisplay {
 public:
  // `summary` is the state at `now`; lines fit `width`.
  std::vector<std::string> lines(const Summary& summary, TimePoint now, std::size_t width, bool colours);

 private:
  std::map<std::string, RateMeter> rates_;
};

// The last word on a run, for people: what became of every event, and where the trouble was. Ends with a line feed.
std::string describe_end(const Summary& summary, bool colours);

}  // namespace weir::cli
