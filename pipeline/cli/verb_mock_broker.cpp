#include "connectors/kafka/mock_cluster.hpp"
#include "pipeline/cli/process_signals.hpp"
#include "pipeline/cli/verbs.hpp"

#include <ostream>
#include <unistd.h>

namespace weir::cli {

ExitCode run_mock_broker(const MockBrokerOptions& options, Console& console) {
  ProcessSignals signals;
  log::configure(log::Level::warn, log::Format::text);
  Result<std::unique_ptr<connectors::kafka::MockCluster>> cluster = connectors::kafka::MockCluster::start();
  if (!cluster) {
    console.error(cluster.error().message());
    return ExitCode::failed;
  }
  for (const std::string& topic : options.topics) {
    if (const Result<void> created = (*cluster)->create_topic(topic, options.partitions); !created) {
      console.error(created.error().message());
      return ExitCode::failed;
    }
  }
  console.out << "KAFKA_BROKERS=" << (*cluster)->bootstrap_servers() << std::endl;
  while (true) {
    const std::optional<ProcessSignals::Event> event = signals.wait(std::nullopt, STDIN_FILENO);
    if (event == ProcessSignals::Event::stop || event == ProcessSignals::Event::input_closed) return ExitCode::ok;
  }
}

}  // namespace weir::cli
