#include "connectors/kafka/queue_errors.hpp"

#include "pipeline/base/log.hpp"

#include <utility>

namespace weir::connectors::kafka {

void QueueErrors::hear(rd_kafka_conf_t* conf) {
  rd_kafka_conf_set_opaque(conf, this);
  rd_kafka_conf_set_error_cb(conf, &on_error);
}

std::optional<std::string> QueueErrors::take_vanished() {
  const std::lock_guard lock(mutex_);
  return std::exchange(vanished_, std::nullopt);
}

bool QueueErrors::take_unfreeable() {
  const std::lock_guard lock(mutex_);
  return std::exchange(unfreeable_, false);
}

void QueueErrors::on_error(rd_kafka_t* client, int code, const char* reason, void* opaque) {
  if (code != RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION && code != RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC &&
      code != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
    log::warn(reason, {{"component", "librdkafka"}, {"client", rd_kafka_name(client)}});
    return;
  }
  auto& self = *static_cast<QueueErrors*>(opaque);
  const std::lock_guard lock(self.mutex_);
  self.vanished_ = reason;
  self.unfreeable_ = true;
}

}  // namespace weir::connectors::kafka
