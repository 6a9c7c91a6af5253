#include "cli/run/admin_port.hpp"

#include "cli/admin/token_file.hpp"
#include "cli/program_version.hpp"
#include "cli/verbs.hpp"

namespace weir::cli {

namespace {

ExitCode refuse(const Error& error, const Console& console) {
  console.error(error.message());
  return error.code() == Errc::invalid_argument ? ExitCode::usage : exit_code_of(error);
}

}  // namespace

std::variant<std::unique_ptr<admin::Service>, ExitCode> open_admin_port(const AdminPortOptions& options,
                                                                        RunVoice& voice, const Console& console) {
  if (options.off) return std::unique_ptr<admin::Service>();
  std::string token;
  if (options.token_file) {
    Result<std::string> read = read_token(*options.token_file);
    if (!read) return refuse(read.error(), console);
    token = std::move(*read);
  }
  admin::Port::Options wanted{.host = options.host,
                              .port = options.port,
                              .may_be_another = !options.was_chosen,
                              .names = options.names,
                              .token = std::move(token)};
  auto service = std::make_unique<admin::Service>(std::move(wanted), program_identity(), version_json());
  const Result<void> listening = service->listen();
  if (!listening) {
    const Error why = listening.error().with_context("the admin port");
    return refuse(options.was_chosen ? why : Error(why.code(), why.message() + "; --admin off does without it"),
                  console);
  }
  const std::string address = "http://" + service->port().address();
  if (service->port().is_another()) {
    voice.warn("the port 7070 is taken, the admin port is on " + address +
               " instead; --admin HOST:PORT chooses one, --admin off does without");
  } else {
    voice.admin_started(address);
  }
  return service;
}

}  // namespace weir::cli
