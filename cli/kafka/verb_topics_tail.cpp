// weir topics tail
#include "cli/kafka/kafka_access.hpp"
#include "cli/kafka/record_view.hpp"
#include "cli/kafka/topic_reading.hpp"
#include "cli/verbs.hpp"
#include "pipeline/control/process_signals.hpp"

#include <ostream>
#include <unistd.h>

namespace weir::cli {

namespace {

using connectors::kafka::Admin;
using connectors::kafka::OffsetRange;
using connectors::kafka::ReadStart;
using connectors::kafka::RecordReader;
using connectors::kafka::StoredRecord;
using connectors::kafka::TopicInfo;

constexpr std::uint64_t kUsualCount = 10;

// The stretches of the topic that the options ask for. A partition that cannot be read now hides no other.
Result<std::vector<PartitionSpan>> find_spans(Admin& admin, const TopicsTailOptions& options, const Console& console) {
  const Result<TopicInfo> topic = find_topic(admin, options.topic);
  if (!topic) return topic.error();
  std::vector<TopicPartition> ids = partitions_of(*topic);
  if (options.partition) {
    std::erase_if(ids, [&](const TopicPartition& id) { return id.partition != *options.partition; });
    if (ids.empty()) {
      return Error(Errc::not_found, "topic '" + options.topic + "' has no partition " +
                                        std::to_string(*options.partition) + "; it has " +
                                        std::to_string(topic->partitions.size()) + ", counted from 0");
    }
  }
  const Result<std::vector<OffsetRange>> ranges = admin.ranges(ids);
  if (!ranges) return ranges.error();
  std::vector<PartitionSpan> spans;
  std::vector<std::string> missing;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const OffsetRange& range = (*ranges)[i];
    if (range.known()) {
      spans.push_back({ids[i].partition, range.start, range.end});
    } else {
      missing.push_back("partition " + std::to_string(ids[i].partition) + " of topic '" + options.topic +
                        "' cannot be read now: " + why_unknown(range));
    }
  }
  if (spans.empty() && !missing.empty()) return Error(Errc::unavailable, missing.front());
  if (!missing.empty()) {
    const std::string others =
        missing.size() == 1 ? "" : "; so it is with " + std::to_string(missing.size() - 1) + " more of them";
    console.warning(missing.front() + others);
  }
  return spans;
}

std::vector<ReadStart> starts_at_ends(const std::vector<PartitionSpan>& spans) {
  std::vector<ReadStart> starts;
  for (const PartitionSpan& span : spans) starts.push_back({span.partition, span.end});
  return starts;
}

// One run of the verb.
class Tail {
 public:
  Tail(Admin& admin, const TopicsTailOptions& options, ProcessSignals& signals, Console& console)
      : admin_(admin),
        options_(options),
        signals_(signals),
        console_(console),
        reader_(admin.read(options.topic)),
        care_{clock_, options.access.timeout, [this] {
                return go_on();
              }} {}

  Result<void> run(std::vector<PartitionSpan> spans) {
    return options_.from ? from_there(std::move(spans)) : newest(spans);
  }

 private:
  Result<void> newest(const std::vector<PartitionSpan>& spans) {
    const TakeRecord all_wanted = [this](const StoredRecord& record) {
      return wanted(record);
    };
    Result<std::vector<StoredRecord>> records =
        read_newest(*reader_, spans, options_.count.value_or(kUsualCount), care_, all_wanted);
    if (!records) return records.error();
    for (const StoredRecord& record : *records) {
      if (!print(record)) return {};
    }
    if (!options_.follow || !go_on()) return {};
    return follow_topic(*reader_, starts_at_ends(spans), care_, show_);
  }

  Result<void> from_there(std::vector<PartitionSpan> spans) {
    if (options_.count == 0u) return {};
    std::vector<ReadStart> starts;
    for (PartitionSpan& span : spans) {
      span.begin = begin_in(span, *options_.from);
      starts.push_back({span.partition, span.begin});
    }
    if (options_.follow) return follow_topic(*reader_, starts, care_, show_);
    const Result<bool> read = read_spans(*reader_, spans, care_, show_);
    if (!read) return read.error();
    return {};
  }

  bool wanted(const StoredRecord& record) const { return !options_.key || record.key == options_.key; }

  // False: there is nobody to read on, or it was enough.
  bool show(const StoredRecord& record) {
    if (!wanted(record)) return true;
    if (!print(record)) return false;
    ++shown_;
    return !options_.from || !options_.count || shown_ < *options_.count;
  }

  bool print(const StoredRecord& record) {
    console_.out << (options_.json ? render_record_json(options_.topic, record)
                                   : render_record(record, console_.out_traits.colours));
    return console_.out.good();
  }

  bool go_on() {
    console_.out.flush();
    if (!stopped_) stopped_ = signals_.take() == ProcessSignals::Event::stop;
    if (options_.follow) tell_trouble();
    return !stopped_ && console_.out.good() && !reader_has_gone(STDOUT_FILENO);
  }

  // Once per trouble: the broker may be away for long.
  void tell_trouble() {
    const std::optional<Error> trouble = admin_.trouble();
    if (trouble && trouble->message() != told_) console_.warning(trouble->message() + "; waiting for it");
    if (trouble) told_ = trouble->message();
  }

  Admin& admin_;
  const TopicsTailOptions& options_;
  ProcessSignals& signals_;
  Console& console_;
  const SystemClock clock_;
  const std::unique_ptr<RecordReader> reader_;
  const ReadingCare care_;
  const TakeRecord show_ = [this](const StoredRecord& record) {
    return show(record);
  };
  std::uint64_t shown_ = 0;
  bool stopped_ = false;
  std::string told_;
};

}  // namespace

ExitCode tail_topic(const TopicsTailOptions& options, Console& console) {
  const Result<std::unique_ptr<Admin>> admin = connect_to_kafka(options.access, console.environment);
  if (!admin) return report_kafka_error(admin.error(), console);
  Result<std::vector<PartitionSpan>> spans = find_spans(**admin, options, console);
  if (!spans) return report_kafka_error(spans.error(), console);
  // Not before: Ctrl-C while the cluster is waited for just ends the process. librdkafka's threads take no signals.
  ProcessSignals signals;
  Tail tail(**admin, options, signals, console);
  if (const Result<void> read = tail.run(std::move(*spans)); !read) return report_kafka_error(read.error(), console);
  return ExitCode::ok;
}

}  // namespace weir::cli
