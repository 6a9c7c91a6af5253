#include "testkit/report/text_report.hpp"

#include "pipeline/config/scalars.hpp"

#include <algorithm>

namespace weir::testkit {

namespace {

using Outcome = TestResult::Outcome;

constexpr std::size_t kMaxJourneys = 12;

std::string painted(const TextStyle& style, std::string_view text, Tone tone) {
  return style.paint ? style.paint(text, tone) : std::string(text);
}

std::string_view sign(DiffLine::Kind kind) {
  switch (kind) {
    case DiffLine::Kind::same:
      return "    ";
    case DiffLine::Kind::missing:
      return "  - ";
    case DiffLine::Kind::unexpected:
      return "  + ";
    case DiffLine::Kind::note:
      return "      ";
  }
  return "    ";
}

Tone tone_of(DiffLine::Kind kind) {
  switch (kind) {
    case DiffLine::Kind::missing:
      return Tone::bad;
    case DiffLine::Kind::unexpected:
      return Tone::good;
    case DiffLine::Kind::note:
      return Tone::strong;
    case DiffLine::Kind::same:
      break;
  }
  return Tone::note;
}

void append_difference(const Difference& difference, const TextStyle& style, std::string& out) {
  out += "  ";
  if (const std::string place = difference.mark.str(); !place.empty()) out += painted(style, place, Tone::plain) + ": ";
  out += painted(style, difference.summary, Tone::plain) + "\n";
  bool first = true;
  for (const DiffLine& line : difference.lines) {
    std::string shown(sign(line.kind));
    shown += line.text;
    // Where to look first.
    if (line.kind == DiffLine::Kind::note && first && line.text.find(": expected ") != std::string::npos) {
      shown += "   <- first difference";
      first = false;
    }
    out += "  " + painted(style, shown, tone_of(line.kind)) + "\n";
  }
}

// How many steps behind that one say what it says.
std::size_t same_behind(const std::vector<Journey::Step>& steps, std::size_t at) {
  std::size_t end = at + 1;
  while (end < steps.size() && steps[end].what == steps[at].what) ++end;
  return end - at - 1;
}

void append_journey(const Journey& journey, std::size_t width, const TextStyle& style, std::string& out) {
  std::string head = journey.message;
  if (!journey.key.empty()) head += " " + journey.key;
  if (head.size() < width) head.append(width - head.size(), ' ');
  out += "    " + painted(style, head, Tone::plain) + " ";
  std::optional<Duration> at;
  std::string_view between;
  for (std::size_t i = 0; i < journey.steps.size(); ++i) {
    const Journey::Step& step = journey.steps[i];
    if (at != step.at) {
      out += std::string(between.empty() ? "" : ";") + " " +
             painted(style, config::format_duration(step.at), Tone::note) + " ";
      between = "";
    }
    at = step.at;
    out += std::string(between) + painted(style, step.what, step.trouble ? Tone::bad : Tone::plain);
    between = " > ";
    // An outage is many steps that say the same.
    const std::size_t repeats = same_behind(journey.steps, i);
    if (repeats < 2) continue;
    i += repeats;
    out += painted(
        style,
        " (" + std::to_string(repeats) + " times more, until " + config::format_duration(journey.steps[i].at) + ")",
        Tone::note);
    at.reset();
  }
  out += "\n";
}

// Messages that met trouble come first: a failure is mostly about them. In the order they were read otherwise.
void append_journeys(const TestResult& result, const TextStyle& style, std::string& out) {
  if (result.journeys.empty()) return;
  std::vector<const Journey*> shown;
  for (const Journey& journey : result.journeys) shown.push_back(&journey);
  const std::size_t most = style.verbose ? shown.size() : std::min(shown.size(), kMaxJourneys);
  if (most < shown.size())
    std::ranges::stable_partition(shown, [](const Journey* journey) { return journey->trouble(); });
  const std::size_t more = shown.size() - most;
  shown.resize(most);
  std::size_t width = 0;
  for (const Journey* journey : shown)
    width = std::max(width, journey->message.size() + (journey->key.empty() ? 0 : 1 + journey->key.size()));
  out += "  " + painted(style, "the messages:", Tone::note) + "\n";
  for (const Journey* journey : shown) append_journey(*journey, std::min<std::size_t>(width, 60), style, out);
  if (more > 0) out += "    " + painted(style, std::to_string(more) + " more; --verbose shows all", Tone::note) + "\n";
}

}  // namespace

std::string render_text(const TestResult& result, const TextStyle& style) {
  const bool passed = result.outcome == Outcome::passed;
  if (passed && !style.verbose) return {};
  std::string out = passed ? painted(style, "pass", Tone::good) : painted(style, "FAIL", Tone::bad);
  out += " " + painted(style, result.pipeline, Tone::plain) + (result.pipeline.empty() ? "" : ": ") +
         painted(style, result.name, Tone::strong);
  std::string times;
  if (style.verbose && result.outcome != Outcome::error)
    times = "  " + config::format_duration(result.elapsed) + " virtual, " + real_time_text(result.took) + " real";
  if (result.crashes > 0) times += ", " + std::to_string(result.crashes) + " crashes";
  out += painted(style, times, Tone::note) + "\n";
  if (!result.error.empty()) {
    const std::string place = result.mark.str();
    out += "  " + painted(style, place.empty() ? result.error : place + ": " + result.error, Tone::plain) + "\n";
  }
  for (const Difference& difference : result.differences) append_difference(difference, style, out);
  append_journeys(result, style, out);
  return out;
}

std::string render_totals(const TestRun& run, const TextStyle& style) {
  const std::size_t failed = run.count(Outcome::failed);
  const std::size_t errors = run.count(Outcome::error);
  std::string text = std::to_string(run.count(Outcome::passed)) + " passed";
  if (failed > 0) text += ", " + std::to_string(failed) + " failed";
  if (errors > 0) text += ", " + std::to_string(errors) + " could not be run";
  return painted(style, text, run.passed() ? Tone::good : Tone::bad) +
         painted(style, " in " + real_time_text(run.took), Tone::note) + "\n";
}

std::string render_plain(const std::vector<Difference>& differences) {
  std::string out;
  for (const Difference& difference : differences) append_difference(difference, {}, out);
  return out;
}

}  // namespace weir::testkit
