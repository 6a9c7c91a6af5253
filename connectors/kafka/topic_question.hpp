// Whether a topic that somebody wants to write to is there, and what it takes: asked at the start, so that what is missing
// is said then and not with the first record.
#pragma once

#include "connectors/kafka/settings.hpp"
#include "pipeline/base/clock.hpp"
#include "pipeline/base/result.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace weir::connectors::kafka {

struct TopicFacts {
  std::optional<std::int64_t> max_message_bytes;  // nothing: the broker does not say
};

// Blocks. Error: not_found with the command that makes the topic; else why nobody can be asked.
using AskTopic = std::function<Result<TopicFacts>(const ClusterSettings& cluster, const std::string& topic)>;
Result<TopicFacts> ask_topic(const ClusterSettings& cluster, const std::string& topic);

// One for all sinks of a connection, which ask at the same time: what was answered a moment ago is not asked again, and
// what is there stays there.
//
// Lifetime: shared by those who ask. Executor: any thread; those that are given a cluster block. Cancellation: none. Errors: of
// `ask`.
class TopicQuestion {
 public:
  // The clock outlives it.
  TopicQuestion(AskTopic ask, const Clock& clock) : ask_(std::move(ask)), clock_(clock) {}

  // A topic that is read at the connection.
  void add_source(const std::string& topic);
  // Whether the topic is there. One that is asked for again and again and stays away is logged now and then.
  Result<void> find(const ClusterSettings& cluster, const std::string& topic);
  // Warns, once, of sources whose records may be larger than this topic takes.
  void compare_with_sources(const ClusterSettings& cluster, const std::string& topic);

 private:
  struct Known {
    Result<TopicFacts> answer;
    TimePoint at;
  };
  struct Missing {
    TimePoint since;
    TimePoint said;
  };
  void remind(const std::string& topic, const Error& missing);
  Result<TopicFacts> ask(const ClusterSettings& cluster, const std::string& topic);

  const AskTopic ask_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Missing> missing_;
  std::map<std::string, Known> known_;
  std::set<std::string> sources_;
  std::set<std::string> compared_;
};

}  // namespace weir::connectors::kafka
