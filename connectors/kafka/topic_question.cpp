#include "connectors/kafka/topic_question.hpp"

#include "connectors/kafka/admin_client.hpp"
#include "connectors/kafka/topic_name.hpp"
#include "pipeline/base/log.hpp"

#include <charconv>

namespace weir::connectors::kafka {

namespace {

constexpr Duration kPatience = std::chrono::seconds(5);
constexpr Duration kStillTrue = std::chrono::seconds(1);
constexpr Duration kRemindEvery = std::chrono::minutes(1);
constexpr std::string_view kLimit = "max.message.bytes";

std::optional<std::int64_t> number_of(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

Result<TopicFacts> ask_topic(const ClusterSettings& cluster, const std::string& topic) {
  Result<std::unique_ptr<Admin>> admin = Admin::connect(cluster, kPatience);
  if (admin.has_error()) return admin.error();
  const Result<TopicInfo> info = (*admin)->topic(topic);
  if (info.has_error() && info.error().code() == Errc::not_found) return missing_topic(topic, cluster.brokers);
  if (info.has_error()) return info.error();
  TopicFacts facts;
  const Result<std::vector<TopicSetting>> settings = (*admin)->topic_settings(topic);
  if (settings.has_error()) return facts;  // not everybody may ask for them
  for (const TopicSetting& setting : *settings) {
    if (setting.name == kLimit && setting.value.has_value()) facts.max_message_bytes = number_of(*setting.value);
  }
  return facts;
}

Result<TopicFacts> TopicQuestion::ask(const ClusterSettings& cluster, const std::string& topic) {
  const TimePoint now = clock_.now();
  const auto found = known_.find(topic);
  if (found != known_.end() && (found->second.answer.has_value() || now - found->second.at < kStillTrue))
    return found->second.answer;
  Result<TopicFacts> answer = ask_(cluster, topic);
  known_.insert_or_assign(topic, Known{answer, clock_.now()});
  return answer;
}

Result<void> TopicQuestion::find(const ClusterSettings& cluster, const std::string& topic) {
  const std::lock_guard lock(mutex_);
  const Result<TopicFacts> answer = ask(cluster, topic);
  if (answer.has_value()) {
    missing_.erase(topic);
    return Result<void>();
  }
  if (answer.error().code() == Errc::not_found) remind(topic, answer.error());
  return answer.error();
}

// Whoever asks says it when it begins to wait, and then no more.
void TopicQuestion::remind(const std::string& topic, const Error& missing) {
  const TimePoint now = clock_.now();
  const auto [known, is_new] = missing_.try_emplace(topic, Missing{now, now});
  if (is_new || now - known->second.said < kRemindEvery) return;
  known->second.said = now;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - known->second.since).count();
  log::warn("still waiting for a topic to write to",
            {{"topic", topic}, {"seconds", seconds}, {"error", missing.message()}});
}

void TopicQuestion::add_source(const std::string& topic) {
  const std::lock_guard lock(mutex_);
  sources_.insert(topic);
}

void TopicQuestion::compare_with_sources(const ClusterSettings& cluster, const std::string& topic) {
  const std::lock_guard lock(mutex_);
  if (!compared_.insert(topic).second) return;
  const Result<TopicFacts> takes = ask(cluster, topic);
  if (takes.has_error() || !takes->max_message_bytes.has_value()) return;
  for (const std::string& source : sources_) {
    const Result<TopicFacts> has = ask(cluster, source);
    if (has.has_error() || !has->max_message_bytes.has_value()) continue;
    if (*takes->max_message_bytes >= *has->max_message_bytes) continue;  // the default on both sides is no news
    log::warn(
        "the largest records of a topic that is read do not fit among the dead letters: they are put there cut. "
        "To keep them whole, raise max.message.bytes of the dead-letter topic",
        {{"topic", source},
         {"max_message_bytes", *has->max_message_bytes},
         {"dead_letter_topic", topic},
         {"its_max_message_bytes", *takes->max_message_bytes}});
  }
}

}  // namespace weir::connectors::kafka
