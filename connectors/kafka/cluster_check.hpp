// What `weir check` asks a Kafka cluster, and how its answers are judged.
#pragma once

#include "connectors/kafka/admin_client.hpp"
#include "connectors/kafka/settings.hpp"
#include "pipeline/base/result.hpp"
#include "pipeline/connection_check.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace weir::connectors::kafka {

struct ClusterQuestion {
  std::vector<std::string> topics;  // by name
  bool all_topics = false;          // their names, too: for expressions
  std::vector<std::string> groups;
  Duration patience = std::chrono::seconds(10);
};

struct ClusterAnswer {
  std::map<std::string, Result<TopicInfo>> topics;
  std::vector<TopicInfo> all_topics;
  std::map<std::string, Result<GroupInfo>> groups;
};

// Blocks; changes nothing. Error: no broker answers, or none lets us in.
using AskCluster =
    std::function<Result<ClusterAnswer>(const ClusterSettings& cluster, const ClusterQuestion& question)>;
Result<ClusterAnswer> ask_cluster(const ClusterSettings& cluster, const ClusterQuestion& question);

// Pure.
ClusterQuestion question_of(const CheckRequest& request);
std::vector<CheckLine> judge(const ClusterSettings& cluster, const CheckRequest& request,
                             const Result<ClusterAnswer>& answer);

}  // namespace weir::connectors::kafka
