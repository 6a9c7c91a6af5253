// weir_bench_fill BROKERS TOPIC EVENTS STREAMS: puts the benchmark's events on a topic that exists, in order per key.
#include "bench/yardstick/events.hpp"

#include <librdkafka/rdkafka.h>

#include <cstdlib>
#include <iostream>

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: weir_bench_fill BROKERS TOPIC EVENTS STREAMS\n";
    return 2;
  }
  const std::uint64_t events = std::strtoull(argv[3], nullptr, 10), streams = std::strtoull(argv[4], nullptr, 10);
  char why[512];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  const std::pair<const char*, const char*> settings[] = {{"bootstrap.servers", argv[1]},
                                                          {"enable.idempotence", "true"},
                                                          {"linger.ms", "20"},
                                                          {"batch.size", "131072"},
                                                          {"queue.buffering.max.messages", "500000"},
                                                          {"partitioner", "murmur2_random"}};
  for (const auto& [key, value] : settings) {
    if (rd_kafka_conf_set(conf, key, value, why, sizeof why) != RD_KAFKA_CONF_OK) {
      std::cerr << why << '\n';
      return 1;
    }
  }
  static std::uint64_t failed = 0;
  rd_kafka_conf_set_dr_msg_cb(
      conf, [](rd_kafka_t*, const rd_kafka_message_t* message, void*) { failed += message->err != 0; });
  rd_kafka_t* producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
  if (producer == nullptr) {
    std::cerr << why << '\n';
    return 1;
  }
  for (std::uint64_t i = 0; i < events; ++i) {
    const std::string json = weir::bench::event_json(i, streams), key = weir::bench::aggregate_id(i, streams);
    for (;;) {
      const rd_kafka_resp_err_t error =
          rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(argv[2]), RD_KAFKA_V_KEY(key.data(), key.size()),
                            RD_KAFKA_V_VALUE(const_cast<char*>(json.data()), json.size()),
                            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
      if (error == RD_KAFKA_RESP_ERR_NO_ERROR) break;
      if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        std::cerr << rd_kafka_err2str(error) << '\n';
        return 1;
      }
      rd_kafka_poll(producer, 100);
    }
    if (i % 1000 == 0) rd_kafka_poll(producer, 0);
  }
  rd_kafka_flush(producer, 120'000);
  const int left = rd_kafka_outq_len(producer);
  rd_kafka_destroy(producer);
  if (failed != 0 || left != 0) {
    std::cerr << failed << " events failed, " << left << " were not sent\n";
    return 1;
  }
  return 0;
}
