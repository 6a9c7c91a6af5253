// QueueErrors: what librdkafka says through a lane's queue without making a message of it. Private to this folder.
#pragma once

#include "connectors/kafka/rdkafka.hpp"

#include <mutex>
#include <optional>
#include <string>

namespace weir::connectors::kafka {

// That an assigned partition is not there any more comes this way: librdkafka 2.0 would only log it, and go on at the
// old offset as soon as there is a topic of that name again.
//
// Lifetime: longer than the clients that it was given to are polled. Executor: any thread. Cancellation, Errors: none.
class QueueErrors {
 public:
  // Before the client is made of it.
  void hear(rd_kafka_conf_t* conf);
  // What was said of a topic that has vanished, once.
  std::optional<std::string> take_vanished();
  // Whether a topic has vanished since the last call: that client can never be freed (keep_for_ever).
  bool take_unfreeable();

 private:
  static void on_error(rd_kafka_t* client, int code, const char* reason, void* opaque);

  std::mutex mutex_;
  std::optional<std::string> vanished_;
  bool unfreeable_ = false;
};

}  // namespace weir::connectors::kafka
