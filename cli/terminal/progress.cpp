#include "cli/terminal/progress.hpp"

#include "cli/terminal/text.hpp"

namespace weir::cli {

namespace {

Colour colour_of(std::string_view state) {
  if (state == "running") return Colour::green;
  if (state == "failed") return Colour::red;
  if (state == "paused" || state == "waiting") return Colour::yellow;
  return Colour::cyan;
}

std::string padded(std::string text, std::size_t visible, std::size_t width) {
  if (visible < width) text.append(width - visible, ' ');
  return text;
}

struct Figure {
  std::string_view label;
  std::string_view short_label;
  std::uint64_t value;
  Colour when_not_zero = Colour::none;
};

std::vector<Figure> list_figures(const PipelineFigures& figures) {
  std::vector<Figure> list = {
      {"consumed", "in", figures.consumed},
      {"written", "out", figures.written, Colour::green},
      {"duplicates", "dup", figures.duplicates},
      {"dropped", "drop", figures.dropped},
      {"dead-lettered", "dlq", figures.dead_lettered, Colour::yellow},
      {"in flight", "open", figures.in_flight},
  };
  if (figures.lag) list.push_back({"lag", "lag", *figures.lag});
  return list;
}

std::string render(const PipelineFigures& figures, std::optional<double> per_second, std::size_t name_width, bool brief,
                   bool colours) {
  const std::string name = printable(figures.name);
  const std::string state = printable(figures.state);
  std::string line = padded(coloured(name, Colour::bold, colours), name.size(), name_width);
  line += "  " + padded(coloured(state, colour_of(state), colours), state.size(), 8);
  const std::string rate = (per_second ? short_number(*per_second) : "-") + "/s";
  line += "  " + std::string(rate.size() < 7 ? 7 - rate.size() : 0, ' ') + rate;
  for (const Figure& figure : list_figures(figures)) {
    const std::string value = brief ? short_number(static_cast<double>(figure.value)) : grouped(figure.value);
    line.append("  ").append(coloured(brief ? figure.short_label : figure.label, Colour::grey, colours)).append(" ");
    line += coloured(value, figure.value == 0 ? Colour::none : figure.when_not_zero, colours);
  }
  return line;
}

}  // namespace

std::string render_figures(const PipelineFigures& figures, std::optional<double> consumed_per_second,
                           std::size_t name_width, std::size_t width, bool colours) {
  const bool brief = render(figures, consumed_per_second, name_width, false, false).size() > width;
  return clip(render(figures, consumed_per_second, name_width, brief, colours), width);
}

void RateMeter::sample(TimePoint now, std::uint64_t count) {
  samples_.emplace_back(now, count);
  // The oldest sample kept is the youngest that is a whole window old, so that the rate spans the window.
  while (samples_.size() > 2 && now - samples_[1].first >= window_) samples_.pop_front();
}

double RateMeter::per_second() const {
  if (samples_.size() < 2) return 0;
  const std::chrono::duration<double> span = samples_.back().first - samples_.front().first;
  if (span.count() <= 0 || samples_.back().second < samples_.front().second) return 0;
  return static_cast<double>(samples_.back().second - samples_.front().second) / span.count();
}

}  // namespace weir::cli
