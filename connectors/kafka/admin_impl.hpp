// What the parts of Admin share. Private to this folder.
#pragma once

#include "connectors/kafka/admin_client.hpp"
#include "connectors/kafka/rdkafka.hpp"

#include <utility>

namespace weir::connectors::kafka {

struct Admin::Impl {
  ClusterSettings cluster;
  Duration patience{};
  rdkafka::Client client;
  rdkafka::Queue events;  // the client's complaints

  int patience_ms() const;
  // A failed call as a sentence. `text`: what librdkafka says besides, may be null.
  Error error(rd_kafka_resp_err_t code, const char* text = nullptr) const;
  // The newest complaint that says more than "all brokers are down"; what kind it is decides whether waiting may help.
  struct Complaints {
    std::string text;
    bool all_down = false;
    bool refused = false;  // credentials or the TLS handshake: the same again next time
    bool any() const { return all_down || refused || !text.empty(); }
  };
  // Takes what is waiting.
  void take(Complaints& complaints) const;
};

namespace admin {

using Options = std::unique_ptr<rd_kafka_AdminOptions_t, rdkafka::Freed<&rd_kafka_AdminOptions_destroy>>;

Options make_options(const Admin::Impl& impl, rd_kafka_admin_op_t operation);
// The answer to an order that `send(options, queue)` gave: the event, or why there is none.
Result<rdkafka::Event> answer_to(const Admin::Impl& impl, const rdkafka::Queue& queue);

template <class Send>
Result<rdkafka::Event> ask(const Admin::Impl& impl, rd_kafka_admin_op_t operation, const Send& send) {
  const Options options = make_options(impl, operation);
  const rdkafka::Queue queue(rd_kafka_queue_new(impl.client.get()));
  send(options.get(), queue.get());
  return answer_to(impl, queue);
}

}  // namespace admin

int whole_ms(Duration duration);
// All topics, by name.
Result<std::vector<TopicInfo>> fetch_topics(const Admin::Impl& impl, Duration limit);
std::unique_ptr<RecordReader> make_record_reader(std::shared_ptr<Admin::Impl> impl, const std::string& topic);

}  // namespace weir::connectors::kafka
