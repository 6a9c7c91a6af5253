#include "cli/arguments/completion_script.hpp"
#include "cli/verbs.hpp"

#include <ostream>

namespace weir::cli {

ExitCode print_completion(const CompletionOptions& options, Console& console) {
  console.out << completion_script(options.shell);
  return ExitCode::ok;
}

}  // namespace weir::cli
