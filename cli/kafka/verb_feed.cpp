#include "cli/kafka/feeder.hpp"
#include "cli/terminal/complaints.hpp"
#include "cli/terminal/text.hpp"
#include "cli/verbs.hpp"
#include "connectors/kafka/client_librdkafka.hpp"

#include <fstream>
#include <ostream>

namespace weir::cli {

ExitCode run_feed(const FeedOptions& options, Console& console) {
  std::vector<std::ifstream> files;
  for (const std::filesystem::path& path : options.files) {
    std::error_code failure;
    files.emplace_back(path, std::ios::binary);
    if (!files.back() || std::filesystem::is_directory(path, failure)) {
      console.error("cannot read '" + path.string() + "'; name a file of JSON Lines");
      return ExitCode::not_found;
    }
  }
  log::configure(log::Level::error, log::Format::text);
  connectors::kafka::ProducerSettings settings;
  settings.cluster.brokers = options.brokers;
  settings.client_id = "weir-feed";
  const std::shared_ptr<connectors::kafka::ProducerClient> producer =
      connectors::kafka::make_librdkafka_producer(settings);
  if (const Result<void> opened = producer->open(); !opened) {
    console.error(opened.error().message());
    return ExitCode::configuration;
  }
  boost::asio::io_context io{1};
  Complaints complaints(console);
  Feeder feeder(*producer, io, std::ref(complaints));
  for (std::size_t i = 0; i < files.size(); ++i) feeder.feed(files[i], options.files[i].string());
  const FeedReport report = feeder.finish();
  producer->close(std::chrono::seconds(5));
  console.out << "fed " << grouped(report.delivered) << " records to " << printable(options.brokers);
  if (report.refused > 0) console.out << ", " << grouped(report.refused) << " lines refused";
  console.out << std::endl;
  if (report.stopped) {
    console.error("stopped at a record that could not be delivered; check that the broker " + options.brokers +
                  " is there and has the topic, then feed again what follows it");
    return ExitCode::not_found;
  }
  return report.refused > 0 ? ExitCode::failed : ExitCode::ok;
}

}  // namespace weir::cli
