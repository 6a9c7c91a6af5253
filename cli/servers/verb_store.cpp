#include "cli/run/connect_hints.hpp"
#include "cli/run/data_dir.hpp"
#include "cli/verbs.hpp"
#include "embedded/eventstore/server.hpp"
#include "pipeline/control/process_signals.hpp"

#include <charconv>
#include <optional>
#include <ostream>
#include <utility>

namespace weir::cli {

namespace {

using embedded::eventstore::Server;

// The form was checked with the command line. An IPv6 literal loses its brackets.
void read_listen(std::string_view listen, Server::Options& options) {
  const std::size_t colon = listen.rfind(':');
  std::string_view host = listen.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  options.host = host;
  std::from_chars(listen.data() + colon + 1, listen.data() + listen.size(), options.port);
}

}  // namespace

ExitCode run_store(const StoreOptions& options, Console& console) {
  ProcessSignals signals;
  std::optional<StopSignalsEndProcess> during_start(std::in_place);
  log::configure(log::Level::info, logs_as_text(options.log_format, console.err_traits.interactive)
                                       ? log::Format::text
                                       : log::Format::json);

  Server::Options server_options;
  read_listen(options.listen, server_options);
  Result<std::filesystem::path> data_dir = resolve_data_dir(options.data_dir, console.environment);
  if (!data_dir) {
    console.error(data_dir.error().message());
    return ExitCode::in_use;
  }
  // Without a choice: where `weir run` keeps the store of `url: embedded`, so that one can look into it afterwards.
  server_options.data_dir = options.data_dir ? *data_dir : *data_dir / "eventstore";
  Result<std::unique_ptr<Server>> server = Server::start(server_options);
  if (!server) {
    console.error(server.error().message());
    return server.error().code() == Errc::corrupt ? ExitCode::failed : ExitCode::in_use;
  }
  during_start.reset();
  const std::string address = (*server)->address();
  console.out << "event store on " << address << ", data in " << server_options.data_dir.string() << '\n'
              << describe_store_access(address) << "Ctrl-C stops it." << std::endl;
  while (signals.wait(std::nullopt) != ProcessSignals::Event::stop) {
  }
  const Server::Stats stats = (*server)->stats();
  (*server)->stop();
  console.out << "stopped; " << stats.events << " events were written in " << stats.appends << " appends" << std::endl;
  return ExitCode::ok;
}

}  // namespace weir::cli
