// weir topics produce
#include "cli/kafka/feeder.hpp"
#include "cli/kafka/kafka_access.hpp"
#include "cli/kafka/letter_lines.hpp"
#include "cli/terminal/complaints.hpp"
#include "cli/terminal/interruptible_input.hpp"
#include "cli/terminal/progress.hpp"
#include "cli/terminal/text.hpp"
#include "cli/verbs.hpp"
#include "connectors/kafka/client_librdkafka.hpp"

#include <cstring>
#include <fcntl.h>
#include <functional>
#include <istream>
#include <unistd.h>
#include <utility>

namespace weir::cli {

namespace {

using connectors::kafka::Admin;
using connectors::kafka::ProducerClient;
using connectors::kafka::TopicInfo;

// A descriptor that is closed at the end; standard input is not.
class LineInput {
 public:
  explicit LineInput(const std::string& file)
      : descriptor_(file == "-" ? STDIN_FILENO : ::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~LineInput() {
    if (descriptor_ > STDERR_FILENO) ::close(descriptor_);
  }
  LineInput(const LineInput&) = delete;
  LineInput& operator=(const LineInput&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  const int descriptor_;
};

Error no_such_partition(const std::string& topic, Partition partition, Partition count) {
  return Error(Errc::not_found, "topic '" + topic + "' has no partition " + std::to_string(partition) + "; it has " +
                                    std::to_string(count) + ", counted from 0");
}

// The topic's number of partitions: it and, where one is wanted,
// the partition must be there before the first line is read.
Result<Partition> check_target(Admin& admin, const TopicsProduceOptions& options) {
  const Result<TopicInfo> topic = find_topic(admin, options.topic);
  if (!topic) return topic.error();
  const auto count = static_cast<Partition>(topic->partitions.size());
  if (options.partition.value_or(0) >= count) return no_such_partition(options.topic, *options.partition, count);
  return count;
}

FeedRecord defaults_of(const TopicsProduceOptions& options) {
  FeedRecord record;
  record.topic = options.topic;
  record.key = options.key;
  record.partition = options.partition;
  for (const auto& [name, value] : options.headers) record.headers.emplace_back(name, value);
  return record;
}

// A line that names a partition which is not there is refused; the producer would take that for trouble of the cluster.
// A record as `topics tail` writes it, or as the sink `file` does.
Result<FeedRecord> parse_json_line(std::string_view line, const FeedRecord& defaults) {
  Result<std::optional<FeedRecord>> stored = parse_sink_line(line, defaults);
  if (stored.has_error()) return stored.error();
  return stored->has_value() ? **std::move(stored) : parse_record_line(line, defaults);
}

Feeder::ParseLine parser_of(const TopicsProduceOptions& options, Partition count) {
  if (!options.json) {
    return [defaults = defaults_of(options), separator = options.key_separator](std::string_view line) {
      return parse_text_line(line, separator, defaults);
    };
  }
  return [defaults = defaults_of(options), count, replay = options.replay](std::string_view line) {
    Result<FeedRecord> record = parse_json_line(line, defaults);
    if (record && replay) {
      if (const Result<void> undone = undo_letter(*record); undone.has_error()) record = undone.error();
    }
    if (record && record->partition.value_or(0) >= count)
      record = Error(Errc::data, no_such_partition(record->topic, *record->partition, count).message());
    return record;
  };
}

// "12 345 records  3.1k/s", redrawn a few times a second.
class ProduceDisplay {
 public:
  explicit ProduceDisplay(bool shown) : shown_(shown) {}
  ~ProduceDisplay() { end(); }
  ProduceDisplay(const ProduceDisplay&) = delete;
  ProduceDisplay& operator=(const ProduceDisplay&) = delete;

  void show(const FeedReport& report) {
    constexpr Duration kRedraw = std::chrono::milliseconds(200);
    if (!shown_) return;
    const TimePoint now = clock_.now();
    if (now - last_ < kRedraw) return;
    last_ = now;
    rate_.sample(now, report.delivered);
    display_.show({grouped(report.delivered) + " records  " + short_number(rate_.per_second()) + "/s"});
  }
  // Makes room for other text.
  void end() { display_.clear(); }

 private:
  const bool shown_;
  const SystemClock clock_;
  TimePoint last_ = clock_.now();
  RateMeter rate_;
  LiveDisplay display_{[](std::string_view text) {
    write_to(STDERR_FILENO, text);
  }};
};

// Counts the requests to stop, whoever took them, and says once what the next one does.
class Stops {
 public:
  Stops(ProcessSignals& signals, const InterruptibleInput& input, ProduceDisplay& display, const Console& console)
      : signals_(signals), input_(input), display_(display), console_(console) {}

  unsigned operator()() {
    while (const std::optional<ProcessSignals::Event> event = signals_.take()) {
      if (*event == ProcessSignals::Event::stop) ++taken_;
    }
    const unsigned count = taken_ + (input_.interrupted() ? 1 : 0);
    if (count > 0 && !std::exchange(told_, true)) {
      display_.end();
      console_.err << "stopping: no more is sent, what was sent is waited for; once more gives it up" << std::endl;
    }
    return count;
  }

 private:
  ProcessSignals& signals_;
  const InterruptibleInput& input_;
  ProduceDisplay& display_;
  const Console& console_;
  unsigned taken_ = 0;
  bool told_ = false;
};

// "orders/2", or the topic alone where each record finds its partition.
std::string target_of(const TopicsProduceOptions& options) {
  return options.partition ? options.topic + "/" + std::to_string(*options.partition) : options.topic;
}

void tell_silence(std::size_t waiting, const std::string& first, const TopicsProduceOptions& options, Duration limit,
                  const Console& console) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(limit).count();
  console.warning("no answer from " + target_of(options) + " yet for " + grouped(waiting) +
                  (waiting == 1 ? " record, " : " records, the first of them ") + first + "; waiting, " +
                  std::to_string(seconds) + " s at most; Ctrl-C twice gives it up");
}

ExitCode conclude(const FeedReport& report, const TopicsProduceOptions& options, Console& console) {
  console.out << "wrote " << grouped(report.delivered) << (report.delivered == 1 ? " record to " : " records to ")
              << printable(options.topic);
  if (report.refused > 0) console.out << ", refused " << grouped(report.refused);
  console.out << std::endl;
  if (!report.interrupted_at.empty())
    console.err << "interrupted: " << printable(report.interrupted_at) << " and what follows it was not sent\n";
  if (report.unanswered > 0) {
    console.error("gave up waiting for the cluster: " + grouped(report.unanswered) +
                  (report.unanswered == 1 ? " record" : " records") + ", the first of them " + report.first_unanswered +
                  ", may have been written or not");
    return ExitCode::failed;
  }
  if (report.stopped) {
    console.error("stopped at the record named above; produce it and what follows it again when the cluster is well");
    return ExitCode::not_found;
  }
  return report.refused > 0 ? ExitCode::failed : ExitCode::ok;
}

}  // namespace

ExitCode produce_lines(const TopicsProduceOptions& options, Console& console) {
  const LineInput file(options.file);
  if (file.descriptor() < 0) {
    console.error("cannot read '" + options.file + "': " + std::strerror(errno));
    return ExitCode::not_found;
  }
  const Result<std::unique_ptr<Admin>> admin = connect_to_kafka(options.access, console.environment);
  if (!admin) return report_kafka_error(admin.error(), console);
  const Result<Partition> partitions = check_target(**admin, options);
  if (!partitions) return report_kafka_error(partitions.error(), console);
  // Not before: Ctrl-C while the cluster is waited for just ends the process. librdkafka's threads take no signals.
  ProcessSignals signals;
  connectors::kafka::ProducerSettings settings;
  settings.cluster = cluster_of(options.access, console.environment);
  settings.client_id = settings.cluster.client_id;
  settings.delivery_timeout = std::max(settings.delivery_timeout, options.access.timeout);
  const std::shared_ptr<ProducerClient> producer = connectors::kafka::make_librdkafka_producer(settings);
  if (const Result<void> opened = producer->open(); !opened) return report_kafka_error(opened.error(), console);
  boost::asio::io_context io{1};
  ProduceDisplay display(console.err_traits.interactive && ::isatty(file.descriptor()) != 1);
  Complaints complaints(console);
  const Feeder::Complain complain = [&](const std::string& what) {
    display.end();
    complaints(what);
  };
  Feeder feeder(*producer, io, complain, parser_of(options, *partitions));
  feeder.on_progress([&display](const FeedReport& report) { display.show(report); });
  InterruptibleInput input(file.descriptor(), signals);
  Stops stops(signals, input, display, console);
  feeder.stop_by(std::ref(stops));
  feeder.on_silence([&](std::size_t waiting, const std::string& first) {
    display.end();
    tell_silence(waiting, first, options, settings.delivery_timeout, console);
  });
  std::istream lines(&input);
  feeder.feed(lines, options.file == "-" ? "stdin" : options.file);
  const FeedReport report = feeder.finish();
  display.end();
  producer->close(report.unanswered > 0 ? Duration::zero() : std::chrono::seconds(5));
  const ExitCode code = conclude(report, options, console);
  if (input.failed() == 0) return code;
  console.error("reading '" + options.file + "' failed: " + std::strerror(input.failed()));
  return ExitCode::failed;
}

}  // namespace weir::cli
