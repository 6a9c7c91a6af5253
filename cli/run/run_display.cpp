#include "cli/run/run_display.hpp"

#include "cli/terminal/text.hpp"

namespace weir::cli {

namespace {

std::size_t longest_name(const Summary& summary) {
  std::size_t longest = 0;
  for (const PipelineSummary& pipeline : summary.pipelines) longest = std::max(longest, pipeline.name.size());
  return longest;
}

// Why nothing moves. The source's last error is news only as long as there is no partition to read.
std::string note_of(const PipelineSummary& pipeline) {
  if (!pipeline.reasons.empty()) return pipeline.reasons.front();
  const bool reads = std::ranges::any_of(pipeline.partitions, &PartitionStatus::assigned);
  return pipeline.state == "running" && !reads ? pipeline.last_source_error : std::string();
}

}  // namespace

PipelineFigures figures_of(const PipelineSummary& summary) {
  PipelineFigures figures;
  figures.name = summary.name;
  figures.state = summary.state;
  figures.note = note_of(summary);
  figures.consumed = summary.consumed;
  figures.written = summary.written;
  figures.duplicates = summary.duplicates;
  figures.dropped = summary.dropped_in_all();
  figures.dead_lettered = summary.dead_lettered;
  figures.in_flight = summary.in_flight;
  return figures;
}

std::vector<std::string> RunDisplay::lines(const Summary& summary, TimePoint now, std::size_t width, bool colours) {
  const std::size_t name_width = longest_name(summary);
  std::vector<std::string> out;
  for (const PipelineSummary& pipeline : summary.pipelines) {
    RateMeter& rate = rates_[pipeline.name];
    rate.sample(now, pipeline.consumed);
    const PipelineFigures figures = figures_of(pipeline);
    out.push_back(render_figures(figures, rate.per_second(), name_width, width, colours));
    if (!figures.note.empty())
      out.push_back(clip("  " + coloured(printable(figures.note), Colour::yellow, colours), width));
  }
  return out;
}

std::string describe_end(const Summary& summary, bool colours) {
  constexpr std::size_t kUnbounded = 1000;
  const std::size_t name_width = longest_name(summary);
  std::string out;
  for (const PipelineSummary& pipeline : summary.pipelines) {
    out += render_figures(figures_of(pipeline), pipeline.consumed_per_second(), name_width, kUnbounded, colours) + "\n";
    for (const std::string& reason : pipeline.reasons) out += "  " + printable(reason) + "\n";
    for (const auto& [reason, count] : pipeline.dropped) {
      out += "  dropped " + grouped(count) + ": " + printable(reason) + "\n";
    }
    for (const auto& [kind, count] : pipeline.errors_by_class) {
      out += "  errors " + grouped(count) + ": " + printable(kind) + "\n";
    }
  }
  return out;
}

}  // namespace weir::cli
