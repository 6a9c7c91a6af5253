#include "cli/run/run_voice.hpp"

#include "cli/run/connect_hints.hpp"
#include "cli/terminal/text.hpp"

#include <unistd.h>

namespace weir::cli {

namespace {

constexpr Duration kRefresh = std::chrono::milliseconds(250);

}  // namespace

RunVoice::RunVoice(const RunOptions& options, const TerminalTraits& err_traits)
    : quiet_(options.quiet),
      text_(logs_as_text(options.log_format, err_traits.interactive)),
      live_(text_ && !quiet_ && err_traits.interactive),
      traits_(err_traits),
      display_([](std::string_view text) { write_to(STDERR_FILENO, text); }) {
  log::configure(options.log_level, text_ ? log::Format::text : log::Format::json);
  if (live_) log::redirect([this](std::string_view line) { display_.print_above(line); });
}

void RunVoice::warn(const std::string& sentence) {
  text_ ? display_.print_above(coloured("warning: ", Colour::yellow, traits_.colours) + sentence) : log::warn(sentence);
}

void RunVoice::guarantee(const std::string& sentence) {
  if (quiet_) return;
  text_ ? display_.print_above(sentence) : log::info("delivery guarantee", {{"guarantee", sentence}});
}

void RunVoice::embedded_started(const std::string& kind, const std::string& address) {
  if (quiet_) return;
  if (text_) {
    const std::string access = kind == "kafka" ? describe_broker_access({address}) : describe_store_access(address);
    display_.print_above("embedded " + kind + " on " + address + "\n" + access);
  } else {
    log::info("embedded server", {{"kind", kind}, {"address", address}});
  }
}

void RunVoice::admin_started(const std::string& url) {
  if (quiet_) return;
  text_ ? display_.print_above("health, metrics, pause and reload on " + url) : log::info("admin port", {{"url", url}});
}

std::optional<Duration> RunVoice::interval() const {
  return live_ ? std::optional<Duration>(kRefresh) : std::nullopt;
}

void RunVoice::observe(const Summary& summary, TimePoint now) {
  display_.show(figures_.lines(summary, now, traits_.width, traits_.colours));
}

void RunVoice::end() {
  if (live_) log::redirect({});
  display_.clear();
  live_ = false;
}

void RunVoice::conclude(const RunOutcome& outcome) {
  end();
  if (quiet_) return;
  if (text_) {
    write_to(STDERR_FILENO, describe_end(outcome.summary, traits_.colours));
    return;
  }
  for (const PipelineSummary& pipeline : outcome.summary.pipelines) {
    log::info("pipeline ended", {{"pipeline", pipeline.name},
                                 {"state", pipeline.state},
                                 {"consumed", pipeline.consumed},
                                 {"written", pipeline.written},
                                 {"duplicates", pipeline.duplicates},
                                 {"dropped", pipeline.dropped_in_all()},
                                 {"dead_lettered", pipeline.dead_lettered}});
  }
}

}  // namespace weir::cli
