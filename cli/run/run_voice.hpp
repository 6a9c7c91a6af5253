// What `run` and `dev` say while pipelines run: live lines to a person, or log lines.
#pragma once

#include "cli/arguments/options.hpp"
#include "cli/run/run_display.hpp"
#include "cli/terminal/terminal.hpp"
#include "pipeline/control/app.hpp"

#include <string>

namespace weir::cli {

// Sets the log up for the process, and puts its lines above the live figures.
//
// Lifetime: a run; end() or the destructor takes the live lines away. Executor: the main thread, but for
// embedded_started(): any. Cancellation, Errors: none.
class RunVoice final : public RunObserver {
 public:
  RunVoice(const RunOptions& options, const TerminalTraits& err_traits);
  ~RunVoice() override { end(); }
  RunVoice(const RunVoice&) = delete;
  RunVoice& operator=(const RunVoice&) = delete;

  bool quiet() const { return quiet_; }

  // Also where it is to be quiet.
  void warn(const std::string& sentence);
  void guarantee(const std::string& sentence);
  void embedded_started(const std::string& kind, const std::string& address);
  void admin_started(const std::string& url);
  // RunObserver: the live figures, when there is somebody to see them.
  std::optional<Duration> interval() const override;
  void observe(const Summary& summary, TimePoint now) override;
  // The live lines go; what is logged from now on goes straight to standard error.
  void end();
  void conclude(const RunOutcome& outcome);

 private:
  const bool quiet_;
  const bool text_;
  bool live_;
  const TerminalTraits traits_;
  LiveDisplay display_;
  RunDisplay figures_;
};

}  // namespace weir::cli
