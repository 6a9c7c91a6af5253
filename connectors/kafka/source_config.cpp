#include "connectors/kafka/source_config.hpp"

#include "connectors/kafka/raw_properties.hpp"
#include "connectors/kafka/topic_expression.hpp"
#include "connectors/kafka/topic_name.hpp"
#include "pipeline/text/quotes.hpp"

#include <algorithm>
#include <set>

namespace weir::connectors::kafka {

namespace {

constexpr Duration kLongestDefaultHeartbeat = std::chrono::seconds(3);

bool is_expression(const std::string& topic) {
  return topic.starts_with('^');
}

std::string check_topics(const std::vector<std::string>& topics) {
  if (topics.empty()) return "name at least one topic";
  std::set<std::string_view> seen;
  for (const std::string& topic : topics) {
    if (std::string wrong = check_topic(topic); !wrong.empty()) return wrong;
    if (!seen.insert(topic).second) return "'" + topic + "' is named twice";
  }
  const auto expression = std::ranges::find_if(topics, &is_expression);
  const auto internal = std::ranges::find_if(topics, &is_internal_topic);
  if (expression != topics.end() && internal != topics.end()) {
    return "'" + *internal + "' is an internal topic, which a source with an expression ('" + *expression +
           "') does not see: read it in a pipeline of its own";
  }
  return {};
}

void answer_questions(const KafkaSourceConfig& config, Description& description) {
  using About = Statement::About;
  description
      .says(About::order,
            "Records of one partition are read in the order of its log; between partitions there is no order.")
      .says(About::stuck,
            "A lane has the partitions whose numbers leave the same remainder when divided by the number of lanes, "
            "of all topics: they wait together, the others go on. The membership in the group lives on meanwhile.")
      .says(About::commit, "Committed for the group " + text::quoted(config.group) + ". A new group begins at the " +
                               (config.start == "latest" ? "end of what is there then." : "oldest record there is."))
      .says(About::memory,
            "Records that were fetched wait in the client: another quarter of the pipeline's memory, but 1 to 8 MiB "
            "per lane.");
}

}  // namespace

std::string check_topic(const std::string& topic) {
  if (topic.empty()) return "a topic's name is empty";
  if (topic.find('\0') != std::string::npos) return "a topic's name holds a zero byte";
  if (is_expression(topic)) {
    if (topic.starts_with("^__")) {
      return "'" + topic +
             "' means internal topics only (their names begin with __), and an expression matches none of them: name "
             "them exactly";
    }
    return TopicExpression(topic).wrong();
  }
  const std::string wrong = check_topic_name(topic);
  return wrong.empty() ? wrong : wrong + "; begin with ^ for a regular expression";
}

Spec<KafkaSourceConfig> kafka_source_spec() {
  using C = KafkaSourceConfig;
  Spec<C> spec("Reads topics as a member of a consumer group.");
  spec.option("connection", &C::connection, "Name of a `kafka` connection.").required();
  spec.option("topics", &C::topics,
              "Topics to read; an entry that begins with ^ is a regular expression over all topics, but for internal "
              "ones (their names begin with __), which have to be named.")
      .required()
      .check(check_topics)
      .example("[orders, \"^audit-.*\"]");
  spec.option("group", &C::group,
              "Consumer group: its members share the partitions, and what it has read is committed under its name.")
      .required()
      .check([](const std::string& group) {
        return group.empty() ? std::string("the group needs a name") : std::string();
      });
  spec.option("client_id", &C::client_id, "Name under which the brokers log this consumer; empty: the connection's.");
  spec.option("instance_id", &C::instance_id,
              "Static member id: a process that comes back under it within the session time-out "
              "has its partitions back at once. "
              "`auto` keeps one in the data directory, one per pipeline; empty: a member that joins anew each time. "
              "After a SIGTERM the group keeps its partitions for it until session_timeout; a SIGINT (Ctrl-C), "
              "`--until-idle` or `--leave-group` gives them to the other members at once. "
              "Two running processes must never share one.")
      .example("auto");
  spec.option(
          "start", &C::start,
          "Where a new group begins. `latest`: at the end of what is there when its first member gets its share, which "
          "is committed at once. Whatever appears later (partitions, topics, a topic that is made anew while "
          "it is read), and whatever the group has no commit of any more, is read from its first record. A group that "
          "has no commit at all is a new one, also where its only topic was deleted while weir did not run.")
      .one_of({"earliest", "latest"});
  spec.option("session_timeout", &C::session_timeout, "A member that is silent for so long loses its partitions.")
      .min(std::chrono::seconds(1))
      .max(std::chrono::hours(1));
  spec.option("heartbeat_interval", &C::heartbeat_interval,
              "How often the member says that it lives; at most a third of session_timeout. Not set: a third, at most "
              "3s.")
      .min(std::chrono::milliseconds(100))
      .max(std::chrono::hours(1));
  spec.option("librdkafka", &C::librdkafka,
              "Further properties of the client library; those that weir's promises rest on are refused.")
      .secret_keys(is_secret_property)
      .example("{ fetch.wait.max.ms: 10 }");
  spec.validate([](const C& config, const config::Node& where, const std::string& path, config::Diagnostics& out) {
    check_raw_properties(config.librdkafka, where, path, out);
    if (!config.heartbeat_interval || *config.heartbeat_interval * 3 <= config.session_timeout) return;
    out.error("inconsistent", where.mark(), path, "heartbeat_interval must be at most a third of session_timeout",
              "a member that misses one heartbeat would lose its partitions");
  });
  return spec;
}

Description describe_kafka_source(const KafkaSourceConfig& config) {
  Description description;
  description.uses.push_back(Use::connection(config.connection, "kafka", Use::How::reads));
  for (const std::string& topic : config.topics) {
    const bool is_exact = !topic.starts_with('^');
    Use use = Use::topic(topic, config.connection, Use::How::reads, is_exact);
    if (!is_exact) {
      const TopicExpression expression(topic);
      use.example = expression.example();
      use.takes = [expression](const std::string& name) {
        return expression.takes(name);
      };
    }
    description.uses.push_back(std::move(use));
  }
  description.group = config.group;
  description.keeps_data = config.instance_id == "auto";
  answer_questions(config, description);
  return description;
}

ConsumerSettings consumer_settings(const KafkaSourceConfig& config, const ClusterSettings& cluster) {
  ConsumerSettings settings;
  settings.cluster = cluster;
  settings.topics = config.topics;
  settings.group = config.group;
  settings.client_id = config.client_id;
  if (config.instance_id != "auto") settings.instance_id = config.instance_id;
  settings.from_latest = config.start == "latest";
  settings.session_timeout = config.session_timeout;
  settings.heartbeat_interval =
      config.heartbeat_interval.value_or(std::min<Duration>(config.session_timeout / 3, kLongestDefaultHeartbeat));
  settings.raw = config.librdkafka;
  return settings;
}

}  // namespace weir::connectors::kafka
