// TopicExpression: an entry of a source's `topics` that begins with ^, and stands for all topics that match it.
#pragma once

#include <memory>
#include <string>

namespace weir::connectors::kafka {

// librdkafka matches with the system's POSIX extended expressions, so does this.
//
// Lifetime, Executor: a plain value, shared and immutable. Cancellation: none. Errors: wrong() says what is wrong.
class TopicExpression {
 public:
  explicit TopicExpression(const std::string& text);

  // What is wrong with the expression, or an empty text.
  const std::string& wrong() const { return wrong_; }
  // Never one of the cluster's own (`__consumer_offsets`), and none where the expression is wrong.
  bool takes(const std::string& topic) const;
  // A name that it takes; empty when none is found without trying long: "^orders-[0-9]+$" takes "orders-0".
  std::string example() const;

 private:
  std::string text_;
  std::string wrong_;
  std::shared_ptr<const void> compiled_;  // a regex_t
};

// Whether an entry of `topics`, a name or an expression that begins with ^, means this topic.
bool means_topic(const std::string& entry, const std::string& name);

}  // namespace weir::connectors::kafka
