#include "cli/components.hpp"
#include "cli/inspect/configuration.hpp"
#include "cli/inspect/server_check.hpp"
#include "cli/run/data_dir.hpp"
#include "cli/streams/run_to_end.hpp"
#include "cli/verbs.hpp"
#include "pipeline/base/blocking_threads.hpp"
#include "pipeline/base/log.hpp"

#include <ostream>

namespace weir::cli {

ExitCode check_servers(const CheckOptions& options, Console& console) {
  log::configure(log::Level::error, log::Format::text);
  Registry registry;
  register_components(registry);
  const std::variant<Topology, ExitCode> read =
      read_configuration(options.files, options.env_files, {}, registry, console);
  if (const ExitCode* refused = std::get_if<ExitCode>(&read)) return *refused;
  const Result<std::filesystem::path> data_dir = resolve_data_dir(options.data_dir, console.environment);
  if (!data_dir) {
    console.error(data_dir.error().message());
    return ExitCode::in_use;
  }
  SystemClock clock;
  BlockingThreads blocking;
  boost::asio::io_context io;
  const CheckTools tools{registry, clock, blocking, *data_dir, options.timeout};
  const std::vector<CheckedPlace> places = run_to_end(io, check_places(std::get<Topology>(read), tools));
  console.out << (options.json ? render_checks_json(places) : render_checks(places, console.out_traits.colours));
  return check_exit_code(places);
}

}  // namespace weir::cli
