// `weir reload` and `weir status`: questions to a weir that runs.
#include "cli/admin/admin_request.hpp"
#include "cli/admin/status_view.hpp"
#include "cli/terminal/text.hpp"
#include "cli/verbs.hpp"

#include <ostream>

namespace weir::cli {

namespace {

// As long as the port itself waits, and a little.
constexpr Duration kReloadPatience = std::chrono::minutes(16);

constexpr int kRefusedForFindings = 422;
constexpr int kRefused = 409;

ExitCode complain(const Error& error, const Console& console) {
  console.error(error.message());
  // The token file is part of the command line.
  return error.code() == Errc::invalid_argument ? ExitCode::usage : exit_code_of(error);
}

}  // namespace

ExitCode reload_running(const ReloadOptions& options, Console& console) {
  const AdminRequest request{.method = "POST",
                             .path = "/reload",
                             .accept = options.json ? "application/json" : "text/plain",
                             .patience = kReloadPatience};
  const Result<AdminAnswer> answer = ask_admin(options.target, request);
  if (!answer) return complain(answer.error(), console);
  const bool refused = answer->status == kRefused || answer->status == kRefusedForFindings;
  if (answer->status != 200 && !refused) {
    console.error(printable(explain_refusal(options.target, *answer)));
    return ExitCode::failed;
  }
  console.out << printable(answer->body, true);
  if (!refused) return ExitCode::ok;
  return answer->status == kRefusedForFindings ? ExitCode::configuration : ExitCode::failed;
}

ExitCode show_status(const StatusOptions& options, Console& console) {
  AdminRequest request;
  request.path = "/pipelines";
  const Result<AdminAnswer> answer = ask_admin(options.target, request);
  if (!answer) return complain(answer.error(), console);
  if (answer->status != 200) {
    console.error(printable(explain_refusal(options.target, *answer)));
    return ExitCode::failed;
  }
  if (options.json) {
    console.out << answer->body;
    return ExitCode::ok;
  }
  const Result<std::string> text = describe_status(answer->body, console.out_traits.colours);
  if (!text) return complain(text.error(), console);
  console.out << *text;
  return ExitCode::ok;
}

}  // namespace weir::cli
