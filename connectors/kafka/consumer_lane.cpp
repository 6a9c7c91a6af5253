#include "connectors/kafka/consumer_lane.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weir::connectors::kafka {

namespace {

constexpr std::size_t kChunk = 256;
constexpr std::size_t kMostBytes = 4 << 20;   // of one drain, so that large messages make small batches
constexpr std::size_t kRecordOverhead = 400;  // librdkafka's own structures per message

// Owns messages until the last batch that views them is gone, and the client that they belong to.
struct FetchedMessages {
  std::shared_ptr<rd_kafka_t> client;
  std::vector<rd_kafka_message_t*> messages;

  FetchedMessages() = default;
  FetchedMessages(const FetchedMessages&) = delete;
  FetchedMessages& operator=(const FetchedMessages&) = delete;
  ~FetchedMessages() {
    for (rd_kafka_message_t* message : messages) rd_kafka_message_destroy(message);
  }
};

std::string_view view(const void* data, std::size_t size) {
  if (data == nullptr) return {};
  return {static_cast<const char*>(data), size};
}

// The list is made in `memory`; names and values stay in the message.
std::span<const Header> headers_of(const rd_kafka_message_t& message, std::pmr::memory_resource& memory,
                                   std::size_t& bytes) {
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  const std::size_t count = rd_kafka_header_cnt(headers);
  if (count == 0) return {};
  auto* const list = static_cast<Header*>(memory.allocate(count * sizeof(Header), alignof(Header)));
  for (std::size_t i = 0; i < count; ++i) {
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    rd_kafka_header_get_all(headers, i, &name, &value, &size);
    std::construct_at(list + i, Header{std::string_view(name), view(value, size)});
    bytes += list[i].name.size() + size + sizeof(Header);
  }
  return {list, count};
}

}  // namespace

std::optional<Suspect::Why> obstacle_of(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
      return Suspect::Why::out_of_range;
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
    case RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED:
      return Suspect::Why::damaged;
    default:
      return std::nullopt;
  }
}

void ConsumerLane::attach(std::shared_ptr<rd_kafka_t> client) {
  const std::lock_guard lock(mutex_);
  client_ = std::move(client);
  queue_.reset(rd_kafka_queue_new(client_.get()));
  const std::uint64_t one = 1;
  rd_kafka_queue_io_event_enable(queue_.get(), readable.fd(), &one, sizeof(one));
}

void ConsumerLane::detach() {
  const std::lock_guard lock(mutex_);
  if (queue_ != nullptr) {
    rd_kafka_queue_io_event_enable(queue_.get(), -1, nullptr, 0);
    throw_away_what_waits();
  }
  queue_.reset();
  client_.reset();
  partitions_.clear();
  last_topic_ = nullptr;
}

// As much as there is now: while partitions are assigned, more comes.
void ConsumerLane::throw_away_what_waits() {
  std::array<rd_kafka_message_t*, kChunk> chunk;
  for (std::size_t left = rd_kafka_queue_length(queue_.get()); left > 0;) {
    const ssize_t got = rd_kafka_consume_batch_queue(queue_.get(), 0, chunk.data(), std::min(kChunk, left));
    if (got <= 0) break;
    const std::span<rd_kafka_message_t*> messages(chunk.data(), static_cast<std::size_t>(got));
    for (rd_kafka_message_t* message : messages) rd_kafka_message_destroy(message);
    left -= messages.size();
  }
}

void ConsumerLane::forward(const TopicPartition& id) {
  const std::lock_guard lock(mutex_);
  const rdkafka::Queue fetched(rd_kafka_queue_get_partition(client_.get(), id.topic.c_str(), id.partition));
  if (fetched == nullptr) return;  // only for a client that is not a consumer
  rd_kafka_queue_forward(fetched.get(), queue_.get());
  partitions_.push_back(Known{id});
  nudges_left_ = partitions_.size();
}

void ConsumerLane::forget_partitions() {
  const std::lock_guard lock(mutex_);
  partitions_.clear();
  last_topic_ = nullptr;
}

void ConsumerLane::drain(std::size_t max, std::pmr::memory_resource& memory, const std::string& brokers, Drained& out) {
  out.clear();
  const std::lock_guard lock(mutex_);
  if (queue_ == nullptr) return;
  std::array<rd_kafka_message_t*, kChunk> chunk;
  std::shared_ptr<FetchedMessages> owner;
  std::size_t taken = 0;
  while (taken < max && out.bytes < kMostBytes) {
    const ssize_t got = rd_kafka_consume_batch_queue(queue_.get(), 0, chunk.data(), std::min(kChunk, max - taken));
    if (got <= 0) break;
    if (owner == nullptr) {
      owner = std::make_shared<FetchedMessages>();
      owner->client = client_;
      owner->messages.reserve(max);
    }
    const std::span<rd_kafka_message_t*> messages(chunk.data(), static_cast<std::size_t>(got));
    owner->messages.insert(owner->messages.end(), messages.begin(), messages.end());
    log_end_known_ = false;  // what is in this chunk may have been fetched since
    for (rd_kafka_message_t* message : messages) take(*message, memory, brokers, out);
    taken += messages.size();
  }
  if (!out.records.empty()) nudges_left_ = partitions_.size();
  out.owner = std::move(owner);
}

void ConsumerLane::take(rd_kafka_message_t& message, std::pmr::memory_resource& memory, const std::string& brokers,
                        Drained& out) {
  const char* const topic = message.rkt == nullptr ? "" : rd_kafka_topic_name(message.rkt);
  if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    mark(topic, message.partition, true);
    last_topic_ = nullptr;
    out.ends.push_back(EndMark{topic, message.partition, out.records.size(), message.offset});
    return;
  }
  if (const std::optional<Suspect::Why> why = obstacle_of(message.err)) {
    const TopicPartition id{topic, message.partition};
    out.obstacles.push_back(Obstacle{
        out.records.size(), Suspect{*why, id, message.offset, kUnknownOffset, rd_kafka_message_errstr(&message)}});
    return;
  }
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    Error error = rdkafka::to_error(message.err, rd_kafka_message_errstr(&message), brokers);
    out.troubles.push_back(ClientTrouble{
        error.with_context("topic '" + std::string(topic) + "', partition " + std::to_string(message.partition)),
        false});
    return;
  }
  if (message.rkt != last_topic_ || message.partition != last_partition_) {
    last_topic_ = message.rkt;
    last_partition_ = message.partition;
    mark(topic, message.partition, false);
    log_end_known_ = false;
  }
  if (!std::exchange(log_end_known_, true)) last_log_end_ = log_end(topic, message.partition);
  RawRecord& record = out.records.emplace_back();
  record.payload = view(message.payload, message.len);
  record.key = view(message.key, message.key_len);
  out.bytes += message.len + message.key_len + kRecordOverhead;
  record.headers = headers_of(message, memory, out.bytes);
  record.topic = topic;
  record.partition = message.partition;
  record.offset = message.offset;
  record.log_end = last_log_end_;
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  record.timestamp_ms = rd_kafka_message_timestamp(&message, &type);
  record.timestamp_kind = rdkafka::kind_of(type);
}

Offset ConsumerLane::log_end(const char* topic, Partition partition) const {
  std::int64_t low = 0;
  std::int64_t high = 0;
  const rd_kafka_resp_err_t code = rd_kafka_get_watermark_offsets(client_.get(), topic, partition, &low, &high);
  return code == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0 ? high : kUnknownOffset;
}

void ConsumerLane::mark(std::string_view topic, Partition partition, bool at_end) {
  for (Known& known : partitions_) {
    if (known.id.partition == partition && known.id.topic == topic) known.at_end = at_end;
  }
}

std::optional<TopicPartition> ConsumerLane::next_to_nudge(std::shared_ptr<rd_kafka_t>& client) {
  const std::lock_guard lock(mutex_);
  if (client_ == nullptr) return std::nullopt;
  while (nudges_left_ > 0 && !partitions_.empty()) {
    --nudges_left_;
    const Known& known = partitions_[next_nudge_++ % partitions_.size()];
    if (known.at_end) continue;
    client = client_;
    return known.id;
  }
  return std::nullopt;
}

}  // namespace weir::connectors::kafka
