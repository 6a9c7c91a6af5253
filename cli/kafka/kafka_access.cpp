#include "cli/kafka/kafka_access.hpp"

#include "cli/terminal/text.hpp"
#include "cli/verbs.hpp"
#include "pipeline/base/log.hpp"
#include "pipeline/config/diagnostics.hpp"

#include <iostream>
#include <unistd.h>

namespace weir::cli {

using connectors::kafka::Admin;
using connectors::kafka::OffsetRange;
using connectors::kafka::TopicInfo;

connectors::kafka::ClusterSettings cluster_of(const KafkaAccess& access, const Environment& environment) {
  connectors::kafka::ClusterSettings cluster;
  cluster.brokers = access.brokers;
  if (cluster.brokers.empty()) {
    const std::string named = environment("KAFKA_BROKERS").value_or("");
    cluster.brokers = named.empty() || named == "embedded" ? "127.0.0.1:9092" : named;
  }
  cluster.client_id = "weir-cli";
  cluster.raw = access.properties;
  return cluster;
}

Result<std::unique_ptr<Admin>> connect_to_kafka(const KafkaAccess& access, const Environment& environment) {
  log::configure(log::Level::error, log::Format::text);
  return Admin::connect(cluster_of(access, environment), access.timeout);
}

ExitCode report_kafka_error(const Error& error, const Console& console) {
  std::string text = error.message();
  const bool unreachable = connectors::kafka::is_unreachable(error);
  if (unreachable && text.find("security.protocol") != std::string::npos) {
    text += "; --property security.protocol=ssl (or sasl_ssl, sasl_plaintext) says what it speaks";
  } else if (unreachable) {
    text += "; start it, or name another cluster with --brokers";
  } else if (error.code() == Errc::unknown_outcome) {
    text += "; --timeout gives it longer";
  } else if (error.code() == Errc::unauthenticated) {
    text += "; check security.protocol, sasl.mechanisms, sasl.username and sasl.password in --property";
  }
  console.error(text);
  const bool refused = !unreachable && (error.code() == Errc::unavailable || error.code() == Errc::io);
  return refused ? ExitCode::failed : exit_code_of(error);
}

std::string nearest_name(const std::string& name, const std::vector<std::string>& names) {
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  const std::string_view near = config::nearest(name, candidates);
  return near.empty() ? std::string() : "; did you mean '" + std::string(near) + "'?";
}

Result<TopicInfo> find_topic(Admin& admin, const std::string& name) {
  Result<TopicInfo> topic = admin.topic(name);
  if (topic || topic.error().code() != Errc::not_found) return topic;
  std::string hint;
  if (const Result<std::vector<TopicInfo>> all = admin.topics()) {
    std::vector<std::string> names;
    for (const TopicInfo& one : *all) names.push_back(one.name);
    hint = nearest_name(name, names);
  }
  if (hint.empty()) hint = "; `weir topics create " + name + "` makes it, `weir topics ls` shows what there is";
  return Error(Errc::not_found, topic.error().message() + hint);
}

std::vector<TopicPartition> partitions_of(const TopicInfo& topic) {
  std::vector<TopicPartition> ids;
  for (const connectors::kafka::PartitionInfo& partition : topic.partitions) ids.push_back({topic.name, partition.id});
  return ids;
}

std::string why_unknown(const OffsetRange& range) {
  return range.trouble.empty() ? "the broker does not say it" : range.trouble;
}

void warn_of_unknown(const std::vector<TopicPartition>& ids, const std::vector<OffsetRange>& ranges,
                     const Console& console) {
  std::size_t count = 0;
  std::string first;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ranges[i].known() || ++count > 1) continue;
    first = ids[i].topic + "/" + std::to_string(ids[i].partition) + ": " + why_unknown(ranges[i]);
  }
  if (count == 0) return;
  const std::string subject =
      count == 1 ? "one partition begins and ends" : grouped(count) + " partitions begin and end";
  console.warning("where " + subject + " is not known now; " + first);
}

Result<bool> agreed(bool yes, const std::string& question, const Console& console) {
  if (yes) return true;
  if (!console.err_traits.interactive || ::isatty(STDIN_FILENO) != 1)
    return Error(Errc::invalid_argument, "nobody can be asked here; --yes does it without asking");
  console.err << printable(question) << " [y/N] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace weir::cli
