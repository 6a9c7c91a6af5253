#include "tests/connectors/kafka/fill_topic.hpp"

#include <librdkafka/rdkafka.h>

namespace weir::connectors::kafka {

std::string fill_topic(const std::string& brokers, const std::string& topic, int per_partition, Partition partitions,
                       int first) {
  char why[512] = "";
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", brokers.c_str(), why, sizeof(why));
  rd_kafka_conf_set(conf, "enable.idempotence", "true", why, sizeof(why));
  rd_kafka_t* producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
  if (producer == nullptr) return why;
  rd_kafka_topic_t* const target = rd_kafka_topic_new(producer, topic.c_str(), nullptr);
  std::string failed;
  for (int i = first; i < first + per_partition && failed.empty(); ++i) {
    for (Partition partition = 0; partition < partitions; ++partition) {
      std::string payload = std::to_string(partition) + ":" + std::to_string(i);
      rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
      do {
        const int produced = rd_kafka_produce(target, partition, RD_KAFKA_MSG_F_COPY, payload.data(), payload.size(),
                                              nullptr, 0, nullptr);
        code = produced == 0 ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_last_error();
        rd_kafka_poll(producer, code == RD_KAFKA_RESP_ERR__QUEUE_FULL ? 10 : 0);
      } while (code == RD_KAFKA_RESP_ERR__QUEUE_FULL);
      if (code != RD_KAFKA_RESP_ERR_NO_ERROR) failed = rd_kafka_err2str(code);
    }
  }
  if (rd_kafka_flush(producer, 20000) != RD_KAFKA_RESP_ERR_NO_ERROR) failed = "not all records were delivered in time";
  rd_kafka_topic_destroy(target);
  rd_kafka_destroy(producer);
  return failed;
}

}  // namespace weir::connectors::kafka
