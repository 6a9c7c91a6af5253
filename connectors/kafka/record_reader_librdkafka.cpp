// The reader over librdkafka's simple consumer: no group, so nothing is joined and no right to a group is needed.
#include "connectors/kafka/admin_impl.hpp"

#include <array>

namespace weir::connectors::kafka {

namespace {

using ReaderTopic = std::unique_ptr<rd_kafka_topic_t, rdkafka::Freed<&rd_kafka_topic_destroy>>;
using Message = std::unique_ptr<rd_kafka_message_t, rdkafka::Freed<&rd_kafka_message_destroy>>;

std::optional<std::string> bytes_of(const void* data, std::size_t size) {
  if (data == nullptr) return std::nullopt;
  return std::string(static_cast<const char*>(data), size);
}

StoredRecord to_record(const rd_kafka_message_t& message) {
  StoredRecord record;
  record.partition = message.partition;
  record.offset = message.offset;
  rd_kafka_timestamp_type_t kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  record.timestamp_ms = rd_kafka_message_timestamp(&message, &kind);
  record.timestamp_kind = rdkafka::kind_of(kind);
  record.key = bytes_of(message.key, message.key_len);
  record.value = bytes_of(message.payload, message.len);
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return record;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i)
    record.headers.emplace_back(name, bytes_of(value, size));
  return record;
}

// Whether waiting may cure it: a leader that moves, a connection that broke.
bool passes(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED:
      return false;
    default:
      return true;
  }
}

class LibrdkafkaRecordReader final : public RecordReader {
 public:
  LibrdkafkaRecordReader(std::shared_ptr<Admin::Impl> impl, const std::string& topic)
      : impl_(std::move(impl)),
        topic_(rd_kafka_topic_new(impl_->client.get(), topic.c_str(), nullptr)),
        queue_(rd_kafka_queue_new(impl_->client.get())) {}
  ~LibrdkafkaRecordReader() override { stop(); }

  Result<void> start(const std::vector<ReadStart>& starts) override;
  Result<ReadResult> read(Duration patience) override;

 private:
  void stop();
  Result<void> take(const rd_kafka_message_t& message, ReadResult& out) const;

  const std::shared_ptr<Admin::Impl> impl_;
  const ReaderTopic topic_;
  const rdkafka::Queue queue_;
  std::vector<Partition> started_;
};

Result<void> LibrdkafkaRecordReader::start(const std::vector<ReadStart>& starts) {
  stop();
  for (const ReadStart& place : starts) {
    if (rd_kafka_consume_start_queue(topic_.get(), place.partition, place.offset, queue_.get()) != 0)
      return impl_->error(rd_kafka_last_error());
    started_.push_back(place.partition);
  }
  return Result<void>();
}

void LibrdkafkaRecordReader::stop() {
  for (const Partition partition : started_) rd_kafka_consume_stop(topic_.get(), partition);
  started_.clear();
}

// librdkafka's batch call waits the whole time even when it has something: so the first one alone, then what is there.
Result<ReadResult> LibrdkafkaRecordReader::read(Duration patience) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(patience).count();
  ReadResult out;
  const Message first(rd_kafka_consume_queue(queue_.get(), static_cast<int>(ms)));
  if (first == nullptr) return out;
  if (Result<void> taken = take(*first, out); taken.has_error()) return taken.error();
  std::array<rd_kafka_message_t*, 500> batch{};
  const ssize_t count = rd_kafka_consume_batch_queue(queue_.get(), 0, batch.data(), batch.size());
  std::optional<Error> failure;
  for (ssize_t i = 0; i < count; ++i) {
    const Message message(batch[static_cast<std::size_t>(i)]);
    if (failure.has_value()) continue;
    if (Result<void> taken = take(*message, out); taken.has_error()) failure = taken.error();
  }
  if (failure.has_value()) return *failure;
  return out;
}

Result<void> LibrdkafkaRecordReader::take(const rd_kafka_message_t& message, ReadResult& out) const {
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    out.records.push_back(to_record(message));
  } else if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    out.at_end.push_back(message.partition);
  } else if (!passes(message.err)) {
    const std::string topic = message.rkt == nullptr ? "" : rd_kafka_topic_name(message.rkt);
    return impl_->error(message.err, rd_kafka_message_errstr(&message)).with_context("topic '" + topic + "'");
  }
  return Result<void>();
}

}  // namespace

std::unique_ptr<RecordReader> make_record_reader(std::shared_ptr<Admin::Impl> impl, const std::string& topic) {
  return std::make_unique<LibrdkafkaRecordReader>(std::move(impl), topic);
}

}  // namespace weir::connectors::kafka
