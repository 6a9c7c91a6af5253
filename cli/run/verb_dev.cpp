#include "cli/components.hpp"
#include "cli/run/connect_hints.hpp"
#include "cli/run/dev_servers.hpp"
#include "cli/run/guarantees.hpp"
#include "cli/run/pipeline_run.hpp"
#include "cli/run/preparation.hpp"
#include "cli/verbs.hpp"
#include "pipeline/text/quotes.hpp"

#include <algorithm>
#include <iostream>
#include <optional>
#include <ostream>
#include <unistd.h>
#include <utility>

namespace weir::cli {

namespace {

constexpr const char* kUsualFile = "pipelines.yaml";

// What was named, else pipelines.yaml where there is one, else nothing.
std::vector<std::filesystem::path> files_of(const DevOptions& options) {
  std::error_code failure;
  if (!options.run.files.empty() || !std::filesystem::exists(kUsualFile, failure)) return options.run.files;
  return {kUsualFile};
}

// --fresh: asks before anything is removed; nothing to remove is nothing to ask.
std::optional<ExitCode> begin_anew(const DevOptions& options, const std::filesystem::path& data_dir, Console& console) {
  if (!options.fresh) return std::nullopt;
  std::error_code failure;
  const std::filesystem::path topics = DevServers::broker_data(data_dir);
  const std::filesystem::path streams = DevServers::store_data(data_dir);
  if (!std::filesystem::exists(topics, failure) && !std::filesystem::exists(streams, failure)) return std::nullopt;
  if (!options.yes) {
    if (::isatty(STDIN_FILENO) == 0) {
      console.error("--fresh removes every topic and stream in " + text::in_quotes(data_dir) +
                    " and nobody can be asked here; say --yes as well");
      return ExitCode::usage;
    }
    console.err << "--fresh removes every topic in " << text::in_quotes(topics) << " and every stream in "
                << text::in_quotes(streams) << ". Really? [y/N] " << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    if (answer != "y" && answer != "Y" && answer != "yes") {
      console.err << "nothing was removed, nothing was started\n";
      return ExitCode::ok;
    }
  }
  if (const Result<void> removed = remove_server_data(data_dir); !removed) {
    console.error(removed.error().message());
    return ExitCode::in_use;
  }
  return std::nullopt;
}

bool any_enabled(const Topology& topology) {
  return std::ranges::any_of(topology.pipelines, [](const PipelinePlan& pipeline) { return pipeline.enabled; });
}

void print_banner(std::ostream& out, const DevServers& servers, const std::filesystem::path& data_dir) {
  out << "broker on " << servers.broker_address() << ", data in " << DevServers::broker_data(data_dir).string() << '\n'
      << describe_broker_access({servers.broker_address()}) << "event store on " << servers.store_address()
      << ", data in " << DevServers::store_data(data_dir).string() << '\n'
      << describe_store_access(servers.store_address());
}

void print_plan(std::ostream& out, const std::optional<Topology>& topology,
                const std::vector<std::filesystem::path>& files, bool watched) {
  if (!topology) {
    out << "No pipelines: name a file, or call it " << kUsualFile << ". Ctrl-C stops both servers." << std::endl;
    return;
  }
  for (const std::string& sentence : describe_peers_elsewhere(*topology)) out << sentence << '\n';
  std::string names;
  for (const PipelinePlan& pipeline : topology->pipelines) {
    if (pipeline.enabled) names += (names.empty() ? "" : ", ") + pipeline.name;
  }
  out << "Pipelines of " << files.front().string() << (files.size() > 1 ? " and others: " : ": ")
      << (names.empty() ? "all switched off" : names) << ". "
      << (watched ? "A change of the files is put to work when it is saved. " : "")
      << "Ctrl-C stops them, then the servers." << std::endl;
}

// A stop during a start that takes long (a server looks through its logs) ends the process: there is nothing yet to put in order.
Result<std::unique_ptr<DevServers>> start_servers(const DevOptions& options, const std::filesystem::path& data_dir) {
  const StopSignalsEndProcess during_start;
  return DevServers::start({data_dir, options.kafka_port, options.store_port, options.partitions});
}

void wait_for_stop(ProcessSignals& signals) {
  while (signals.wait(std::nullopt) != ProcessSignals::Event::stop) {
  }
}

}  // namespace

ExitCode run_dev(const DevOptions& options, Console& console) {
  const std::vector<std::filesystem::path> files = files_of(options);
  if (files.empty() && (options.run.until_idle || !options.run.summary.empty())) {
    console.error("--until-idle and --summary are about pipelines, and there are none here; name a FILE");
    return ExitCode::usage;
  }
  App app;
  register_components_but_embedded(app.registry());
  std::variant<Prepared, ExitCode> prepared = prepare(files, options.run, true, app, console);
  if (const ExitCode* refused = std::get_if<ExitCode>(&prepared)) return *refused;
  Prepared& ready = std::get<Prepared>(prepared);
  const std::filesystem::path data_dir = ready.data_dir.directory();
  if (const std::optional<ExitCode> end = begin_anew(options, data_dir, console)) return *end;
  // Signals are taken in hand after the question: Ctrl-C is an answer to it.
  ProcessSignals signals;
  RunVoice voice(options.run, console.err_traits);
  Result<std::unique_ptr<DevServers>> servers = start_servers(options, data_dir);
  if (!servers) {
    console.error(servers.error().message());
    return servers.error().code() == Errc::corrupt ? ExitCode::failed : ExitCode::in_use;
  }
  (*servers)->offer_to(app.registry());
  if (!voice.quiet()) {
    // With the summary on standard output, nothing else goes there.
    std::ostream& out = options.run.summary == "-" ? console.err : console.out;
    print_banner(out, **servers, data_dir);
    print_plan(out, ready.topology, files, options.run.watch);
  }
  ExitCode code = ExitCode::ok;
  // What is watched may be switched on later.
  if (ready.topology && (options.run.watch || any_enabled(*ready.topology))) {
    code = run_topology(app, options.run, files, std::move(ready), voice, signals, console);
  } else {
    wait_for_stop(signals);
  }
  const Result<void> stopped = (*servers)->stop();
  if (stopped) return code;
  console.error(stopped.error().message());
  return code == ExitCode::ok ? ExitCode::failed : code;
}

}  // namespace weir::cli
