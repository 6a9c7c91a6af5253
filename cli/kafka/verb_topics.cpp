// weir topics ls | create | describe | rm
#include "cli/kafka/kafka_access.hpp"
#include "cli/kafka/topic_view.hpp"
#include "cli/terminal/text.hpp"
#include "cli/verbs.hpp"

#include <ostream>
#include <span>

namespace weir::cli {

namespace {

using connectors::kafka::Admin;
using connectors::kafka::OffsetRange;
using connectors::kafka::TopicInfo;
using connectors::kafka::TopicOutcome;

// Counts the records of all entries, together. What cannot be counted stays unknown; a warning says why.
Result<void> count_all(Admin& admin, std::vector<TopicEntry>& entries, const Console& console) {
  std::vector<TopicPartition> ids;
  for (const TopicEntry& entry : entries) {
    const std::vector<TopicPartition> own = partitions_of(entry.topic);
    ids.insert(ids.end(), own.begin(), own.end());
  }
  const Result<std::vector<OffsetRange>> ranges = admin.ranges(ids);
  if (!ranges) return ranges.error();
  warn_of_unknown(ids, *ranges, console);
  auto next = ranges->begin();
  for (TopicEntry& entry : entries) {
    const auto end = next + static_cast<std::ptrdiff_t>(entry.topic.partitions.size());
    entry.records = count_records(std::vector<OffsetRange>(next, end));
    next = end;
  }
  return {};
}

// What became of each topic; the code is that of the first failure.
ExitCode report_outcomes(const std::vector<TopicOutcome>& outcomes, std::string_view done, bool existing_is_fine,
                         Console& console) {
  ExitCode code = ExitCode::ok;
  for (const TopicOutcome& outcome : outcomes) {
    if (!outcome.error) {
      console.out << done << ' ' << printable(outcome.name) << '\n';
    } else if (existing_is_fine && outcome.error->code() == Errc::already_exists) {
      console.out << "exists " << printable(outcome.name) << '\n';
    } else {
      const Error error =
          outcome.error->code() == Errc::already_exists
              ? Error(Errc::already_exists,
                      "there is a topic '" + outcome.name + "' already, left as it is; --if-not-exists accepts that")
              : outcome.error->with_context("topic '" + outcome.name + "'");
      const ExitCode one = report_kafka_error(error, console);
      if (code == ExitCode::ok) code = one;
    }
  }
  return code;
}

Result<TopicDetails> gather_details(Admin& admin, const TopicsDescribeOptions& options, const Console& console) {
  Result<TopicInfo> topic = find_topic(admin, options.topic);
  if (!topic) return topic.error();
  const std::vector<TopicPartition> ids = partitions_of(*topic);
  Result<std::vector<OffsetRange>> ranges = admin.ranges(ids);
  if (!ranges) return ranges.error();
  warn_of_unknown(ids, *ranges, console);
  Result<std::vector<connectors::kafka::TopicSetting>> settings = admin.topic_settings(options.topic);
  if (!settings) return settings.error();
  return TopicDetails{std::move(*topic), std::move(*ranges), std::move(*settings), options.all_settings};
}

}  // namespace

ExitCode list_topics(const TopicsListOptions& options, Console& console) {
  const Result<std::unique_ptr<Admin>> admin = connect_to_kafka(options.access, console.environment);
  if (!admin) return report_kafka_error(admin.error(), console);
  Result<std::vector<TopicInfo>> topics = (*admin)->topics();
  if (!topics) return report_kafka_error(topics.error(), console);
  std::vector<TopicEntry> entries;
  for (TopicInfo& topic : *topics) {
    if (topic.name.starts_with(options.prefix) && (options.all || !topic.internal()))
      entries.push_back({std::move(topic), std::nullopt});
  }
  if (options.verbose) {
    if (const Result<void> counted = count_all(**admin, entries, console); !counted)
      return report_kafka_error(counted.error(), console);
  }
  if (options.json) {
    for (const TopicEntry& entry : entries) console.out << render_topic_entry_json(entry);
  } else if (!entries.empty()) {
    console.out << render_topics(entries, options.verbose, console.out_traits.colours);
  } else {
    console.err << "no topics"
                << (options.prefix.empty() ? "" : " whose name begins with '" + printable(options.prefix) + "'")
                << " at " << printable((*admin)->brokers()) << '\n';
  }
  return ExitCode::ok;
}

ExitCode create_topics(const TopicsCreateOptions& options, Console& console) {
  const Result<std::unique_ptr<Admin>> admin = connect_to_kafka(options.access, console.environment);
  if (!admin) return report_kafka_error(admin.error(), console);
  std::vector<connectors::kafka::TopicOrder> orders;
  for (const std::string& topic : options.topics)
    orders.push_back({topic, options.partitions, options.replication, options.settings});
  const Result<std::vector<TopicOutcome>> outcomes = (*admin)->create_topics(orders);
  if (!outcomes) return report_kafka_error(outcomes.error(), console);
  return report_outcomes(*outcomes, "created", options.if_not_exists, console);
}

ExitCode describe_topic(const TopicsDescribeOptions& options, Console& console) {
  const Result<std::unique_ptr<Admin>> admin = connect_to_kafka(options.access, console.environment);
  if (!admin) return report_kafka_error(admin.error(), console);
  const Result<TopicDetails> details = gather_details(**admin, options, console);
  if (!details) return report_kafka_error(details.error(), console);
  console.out << (options.json ? render_topic_json(*details) : render_topic(*details, console.out_traits.colours));
  return ExitCode::ok;
}

ExitCode remove_topics(const TopicsRemoveOptions& options, Console& console) {
  const Result<std::unique_ptr<Admin>> admin = connect_to_kafka(options.access, console.environment);
  if (!admin) return report_kafka_error(admin.error(), console);
  std::vector<TopicEntry> entries;
  for (const std::string& name : options.topics) {
    Result<TopicInfo> topic = find_topic(**admin, name);
    if (!topic) return report_kafka_error(topic.error(), console);
    entries.push_back({std::move(*topic), std::nullopt});
  }
  // The numbers are for the question. A topic that cannot be counted may be just the one that has to go.
  if (const Result<void> counted = count_all(**admin, entries, console); !counted)
    console.warning("how many records there are is not known: " + counted.error().message());
  std::string question = "Remove";
  for (const TopicEntry& entry : entries) {
    question += " " + entry.topic.name + " (" + (entry.records ? grouped(*entry.records) : "?") + " records)";
  }
  const Result<bool> agreement = agreed(options.yes, question + " at " + (*admin)->brokers() + "?", console);
  if (!agreement) {
    console.error(agreement.error().message());
    return ExitCode::usage;
  }
  if (!*agreement) {
    console.err << "nothing was removed\n";
    return ExitCode::failed;
  }
  const Result<std::vector<TopicOutcome>> outcomes = (*admin)->remove_topics(options.topics);
  if (!outcomes) return report_kafka_error(outcomes.error(), console);
  return report_outcomes(*outcomes, "removed", false, console);
}

}  // namespace weir::cli
