// The exit codes of every verb: one list, documented in docs/reference/exit-codes.md and at the end of `weir --help`.
#pragma once

namespace weir::cli {

enum class ExitCode : int {
  ok = 0,  // done; for `run`: drained cleanly
  // The work failed: a pipeline gave up, a drain was cut short, records were refused, `lint --strict` found warnings.
  failed = 1,
  usage = 2,          // the command line is wrong
  configuration = 3,  // the configuration has errors
  not_found = 4,      // a file, stream, topic or peer that is needed is not there
  in_use = 5,         // a data directory, an address or a name cannot be had: somebody has it, or it is not ours
  // `run`: a message can neither be processed nor be put among the dead letters, whatever is tried.
  dead_letter_refused = 6,
  changes = 7,  // `plan`: the new configuration is good, and something would change
};

}  // namespace weir::cli
