#include "cli/verbs.hpp"

namespace weir::cli {

ExitCode exit_code_of(const Error& error) {
  switch (error.code()) {
    case Errc::invalid_argument:
    case Errc::unsupported:
      return ExitCode::configuration;
    case Errc::not_found:
    case Errc::unavailable:
    case Errc::unknown_outcome:
      return ExitCode::not_found;
    case Errc::already_exists:
    case Errc::io:
      return ExitCode::in_use;
    default:
      return ExitCode::failed;
  }
}

// The lanes give a pipeline up over a data error only when its dead-letter sink has refused the message, too.
ExitCode exit_code_of_run(const Error& failure) {
  return failure.is_data_error() ? ExitCode::dead_letter_refused : ExitCode::failed;
}

}  // namespace weir::cli
