#include "connectors/kafka/cluster_check.hpp"

#include "pipeline/text/quotes.hpp"

#include <algorithm>
#include <optional>

namespace weir::connectors::kafka {

namespace {

constexpr std::string_view kMostShown = "...";

bool is_final(const Error& error) {
  return error.code() == Errc::not_found || error.code() == Errc::permission_denied ||
         error.code() == Errc::invalid_argument;
}

// One question after the other; when the cluster falls silent, the others are not put: each would take the whole
// patience.
template <class T, class Ask>
void ask_each(const std::vector<std::string>& names, std::map<std::string, Result<T>>& answers,
              std::optional<Error>& silence, const Ask& ask) {
  for (const std::string& name : names) {
    Result<T> answer = silence.has_value() ? Result<T>(*silence) : ask(name);
    if (answer.has_error() && !is_final(answer.error())) silence = answer.error();
    answers.emplace(name, std::move(answer));
  }
}

std::string cure_of(const Error& error) {
  switch (error.code()) {
    case Errc::unauthenticated:
      return "check sasl and tls of the connection, and whether the user is known there";
    case Errc::permission_denied:
      return "let the user do it (an ACL), or name another one in sasl";
    case Errc::unavailable:
      return "start the cluster, or name another one in brokers; tls says whether it wants TLS";
    case Errc::unknown_outcome:
      return "give it longer with --timeout, or see what holds the cluster up";
    default:
      return "see the broker's log";
  }
}

std::string count_of(std::size_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

CheckLine judge_topic(const ClusterSettings& cluster, const CheckRequest::Need& need, const Result<TopicInfo>& topic) {
  const std::string what = "topic " + need.use.name + " (" + need.by + ")";
  if (topic.has_error() && topic.error().code() == Errc::not_found) {
    std::string effect = "is not there";
    if (need.dead_letters)
      effect += ": the first event that is wrong in itself would pause the pipeline";
    else
      effect += need.use.how == Use::How::reads ? ": nothing is read of it until it is" : ": the pipeline would pause";
    return CheckLine::failed(what, effect, "weir topics create " + need.use.name + " --brokers " + cluster.brokers);
  }
  if (topic.has_error()) return CheckLine::failed(what, topic.error().message(), cure_of(topic.error()));
  const auto leaderless =
      std::ranges::find_if(topic->partitions, [](const PartitionInfo& one) { return one.leader < 0; });
  if (leaderless != topic->partitions.end()) {
    return CheckLine::failed(
        what, "partition " + std::to_string(leaderless->id) + " has no leader now",
        "see which of its brokers is down: weir topics describe " + need.use.name + " --brokers " + cluster.brokers);
  }
  return CheckLine::ok(what, count_of(topic->partitions.size(), "partition"));
}

CheckLine judge_expression(const CheckRequest::Need& need, const std::vector<TopicInfo>& all) {
  const std::string what = "topics " + need.use.name + " (" + need.by + ")";
  std::string names;
  std::size_t count = 0;
  for (const TopicInfo& topic : all) {
    if (topic.internal() || !need.use.takes || !need.use.takes(topic.name)) continue;
    constexpr std::size_t kShown = 5;
    if (++count <= kShown) names += (names.empty() ? "" : ", ") + topic.name;
    if (count == kShown + 1) names.append(", ").append(kMostShown);
  }
  if (count > 0) return CheckLine::ok(what, count_of(count, "topic") + ": " + names);
  return CheckLine::warning(what, "no topic matches now", "one that appears later is read; check the expression");
}

CheckLine judge_group(const std::string& name, const Result<GroupInfo>& group) {
  const std::string what = "group " + name;
  if (group.has_error()) return CheckLine::failed(what, group.error().message(), cure_of(group.error()));
  if (group->state == "Dead") return CheckLine::ok(what, "new: it begins where the source's start says");
  if (!group->described) return CheckLine::ok(what, "there; its members are not known to this client");
  const std::string state = group->state.empty() ? "there" : group->state;
  return CheckLine::ok(what, state + ", " + count_of(group->members.size(), "member"));
}

}  // namespace

Result<ClusterAnswer> ask_cluster(const ClusterSettings& cluster, const ClusterQuestion& question) {
  Result<std::unique_ptr<Admin>> admin = Admin::connect(cluster, question.patience);
  if (admin.has_error()) return admin.error();
  ClusterAnswer answer;
  std::optional<Error> silence;
  ask_each(question.topics, answer.topics, silence, [&](const std::string& name) { return (*admin)->topic(name); });
  ask_each(question.groups, answer.groups, silence, [&](const std::string& name) { return (*admin)->group(name); });
  if (!question.all_topics || silence.has_value()) return answer;
  Result<std::vector<TopicInfo>> all = (*admin)->topics();
  if (all.has_value()) answer.all_topics = std::move(*all);
  return answer;
}

ClusterQuestion question_of(const CheckRequest& request) {
  ClusterQuestion question;
  question.patience = request.patience;
  question.groups = request.groups;
  for (const CheckRequest::Need& need : request.needs) {
    if (need.use.what != Use::What::topic) continue;
    if (need.use.is_exact)
      question.topics.push_back(need.use.name);
    else if (need.use.how == Use::How::reads)
      question.all_topics = true;
  }
  std::ranges::sort(question.topics);
  question.topics.erase(std::ranges::unique(question.topics).begin(), question.topics.end());
  return question;
}

std::vector<CheckLine> judge(const ClusterSettings& cluster, const CheckRequest& request,
                             const Result<ClusterAnswer>& answer) {
  std::vector<CheckLine> lines;
  const std::string what = "brokers " + cluster.brokers;
  if (answer.has_error()) {
    lines.push_back(CheckLine::failed(what, answer.error().message(), cure_of(answer.error())));
    return lines;
  }
  const std::string as = cluster.sasl_mechanism.empty() ? "" : " as " + text::quoted(cluster.sasl_username);
  lines.push_back(CheckLine::ok(what, "answer, and let weir in" + as));
  for (const CheckRequest::Need& need : request.needs) {
    if (need.use.what != Use::What::topic) continue;
    const auto topic = answer->topics.find(need.use.name);
    if (need.use.is_exact && topic != answer->topics.end())
      lines.push_back(judge_topic(cluster, need, topic->second));
    else if (need.use.how == Use::How::reads)
      lines.push_back(judge_expression(need, answer->all_topics));
    else
      lines.push_back(CheckLine::ok("topics " + need.use.name + " (" + need.by + ")",
                                    "their names come from the messages: not looked at"));
  }
  for (const auto& [name, group] : answer->groups) lines.push_back(judge_group(name, group));
  return lines;
}

}  // namespace weir::connectors::kafka
