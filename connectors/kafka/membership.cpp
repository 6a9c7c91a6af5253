#include "connectors/kafka/membership.hpp"

#include <string_view>

namespace weir::connectors::kafka::rdkafka {

namespace {

constexpr int kServeMs = 20;
constexpr int kPatienceMs = 3000;

// The client forgets its id in the moment in which it asks to be removed.
bool is_member(rd_kafka_t* consumer) {
  char* const id = rd_kafka_memberid(consumer);
  const bool is = id != nullptr && !std::string_view(id).empty();
  rd_kafka_mem_free(consumer, id);
  return is;
}

}  // namespace

// librdkafka 2.0.2 has no admin call for this (RemoveMembersFromConsumerGroup), and a static member that is closed does
// not leave. One that gives up its subscription does, as any member, and Kafka removes whoever has that member id.
void give_up_membership(rd_kafka_t* consumer) {
  if (rd_kafka_assignment_lost(consumer) != 0 || !is_member(consumer)) return;
  const Queue queue(rd_kafka_queue_get_consumer(consumer));
  rd_kafka_unsubscribe(consumer);
  rd_kafka_assign(consumer, nullptr);  // also the answer to a rebalance that nobody has answered any more
  for (int waited = 0; waited < kPatienceMs && is_member(consumer);) {
    const Event event(rd_kafka_queue_poll(queue.get(), kServeMs));
    if (event == nullptr) {
      waited += kServeMs;
    } else if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_REBALANCE) {
      rd_kafka_assign(consumer, nullptr);  // it asks to be removed once its partitions are given back
    }
  }
}

}  // namespace weir::connectors::kafka::rdkafka
