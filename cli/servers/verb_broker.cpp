#include "cli/run/connect_hints.hpp"
#include "cli/run/data_dir.hpp"
#include "cli/run/dev_servers.hpp"
#include "cli/servers/broker_settings.hpp"
#include "cli/terminal/text.hpp"
#include "cli/verbs.hpp"
#include "embedded/broker/server.hpp"
#include "pipeline/control/process_signals.hpp"

#include <optional>
#include <ostream>
#include <utility>

namespace weir::cli {

namespace {

using Broker = embedded::broker::Server;

ExitCode code_of_start(const Error& error) {
  switch (error.code()) {
    case Errc::invalid_argument:
      return ExitCode::usage;
    case Errc::not_found:
      return ExitCode::not_found;
    case Errc::corrupt:
      return ExitCode::failed;
    default:
      return ExitCode::in_use;
  }
}

std::vector<Broker::TopicSpec> topic_specs(const BrokerOptions& options) {
  std::vector<Broker::TopicSpec> specs;
  for (const std::string& topic : options.topics) specs.push_back({topic, options.partitions});
  return specs;
}

}  // namespace

ExitCode run_broker(const BrokerOptions& options, Console& console) {
  ProcessSignals signals;
  std::optional<StopSignalsEndProcess> during_start(std::in_place);
  log::configure(log::Level::info, logs_as_text(options.log_format, console.err_traits.interactive)
                                       ? log::Format::text
                                       : log::Format::json);

  Result<std::filesystem::path> data_dir = resolve_data_dir(options.data_dir, console.environment);
  if (!data_dir) {
    console.error(data_dir.error().message());
    return ExitCode::in_use;
  }
  // Without a choice: where `weir run` keeps the broker of
  // `brokers: embedded`, so that one can look into it afterwards.
  const std::filesystem::path data = options.data_dir ? *data_dir : DevServers::broker_data(*data_dir);
  Result<Broker::Options> server_options = broker_server_options(options, data, console.environment);
  if (!server_options) {
    console.error(server_options.error().message());
    return code_of_start(server_options.error());
  }
  for (const std::string& warning : broker_warnings(*server_options)) console.warning(warning);
  const bool tls = server_options->tls.has_value();
  const bool users = !server_options->users.empty();
  Result<std::unique_ptr<Broker>> server = Broker::start(std::move(*server_options));
  if (!server) {
    console.error(server.error().message());
    return code_of_start(server.error());
  }
  if (const Result<void> ensured = (*server)->ensure_topics(topic_specs(options)); !ensured) {
    console.error(ensured.error().message());
    return ExitCode::failed;
  }
  during_start.reset();
  const std::string address = (*server)->address();
  std::string dialled = options.advertised.empty() ? address : options.advertised;
  if (dialled.find(':') == std::string::npos) dialled += ":" + std::to_string((*server)->port());
  console.out << "broker on " << address << ", data in " << data.string() << '\n'
              << describe_broker_access({dialled, tls, users}) << "Ctrl-C stops it." << std::endl;
  while (signals.wait(std::nullopt) != ProcessSignals::Event::stop) {
  }
  const Broker::Stats stats = (*server)->stats();
  const Result<void> stopped = (*server)->stop();
  console.out << "stopped; " << grouped(stats.requests) << " requests were answered, " << grouped(stats.bytes_in)
              << " bytes of records taken" << std::endl;
  if (stopped) return ExitCode::ok;
  console.error(stopped.error().message());
  return ExitCode::failed;
}

}  // namespace weir::cli
