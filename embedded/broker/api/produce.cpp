// Produce: appended at once, in the order of the requests; answered when it is on disk.
#include "embedded/broker/api/handlers.hpp"
#include "embedded/broker/storage/record_batch.hpp"

namespace weir::embedded::broker::api {

namespace {

using wire::ErrorCode;
using ProduceAnswer = wire::ProduceResponse::Topic::Partition;

constexpr std::int16_t kNoAcks = 0;
constexpr std::int16_t kFirstVersionWithZstd = 7;  // KIP-110
constexpr std::size_t kAttributesAt = 22;          // the low byte of a batch's attributes
constexpr char kZstd = 4;

// One request whose batches wait for the disk.
struct Pending {
  wire::ProduceResponse response;
  std::size_t waiting = 1;  // batches, and the handler itself
  Reply<wire::ProduceResponse> reply;

  void one_less() {
    if (--waiting == 0) reply(std::move(response));
  }
};

void refuse(ProduceAnswer& answer, ErrorCode error, std::string message) {
  answer.error_code = error;
  answer.error_message = std::move(message);
}

// Whether the request as a whole can be taken.
ErrorCode check_request(const wire::ProduceRequest& request) {
  if (request.acks < -1 || request.acks > 1) return ErrorCode::invalid_required_acks;
  if (request.transactional_id) return ErrorCode::transactional_id_authorization_failed;
  return ErrorCode::none;
}

bool is_zstd(std::string_view batch) {
  return batch.size() > kAttributesAt && (batch[kAttributesAt] & storage::kCodecMask) == kZstd;
}

storage::PartitionLog* append_to_log(Call& call, std::string_view topic,
                                     const wire::ProduceRequest::Topic::Partition& partition, ProduceAnswer& answer,
                                     Offset* end) {
  storage::PartitionLog* log = call.node.topics.find_partition(topic, partition.index);
  if (log == nullptr) {
    answer.error_code = ErrorCode::unknown_topic_or_partition;
    return nullptr;
  }
  const std::string_view batch = partition.records.value_or(std::string_view());
  if (call.context.version < kFirstVersionWithZstd && is_zstd(batch)) {
    refuse(answer, ErrorCode::unsupported_compression_type, "zstd needs Produce version 7 or newer");
    return nullptr;
  }
  const storage::Appended appended = log->append(batch);
  answer.log_start_offset = log->log_start();
  if (appended.error != ErrorCode::none) {
    refuse(answer, appended.error, appended.message);
    return nullptr;
  }
  answer.base_offset = appended.base_offset;
  answer.log_append_time_ms = appended.append_time_ms;
  call.node.bytes_in += appended.duplicate ? 0 : batch.size();
  *end = appended.end_offset;
  return log;
}

}  // namespace

void produce(Call& call, const wire::ProduceRequest& request, Reply<wire::ProduceResponse> reply) {
  const auto pending = std::make_shared<Pending>();
  pending->reply = std::move(reply);
  const ErrorCode refused = check_request(request);
  bool failed = false;

  // All answers are made before the first wait: a log may be durable at once, and answers must not move then.
  std::vector<wire::ProduceResponse::Topic>& topics = pending->response.topics;
  topics.resize(request.topics.size());
  for (std::size_t t = 0; t < topics.size(); ++t) {
    const auto& wanted = request.topics[t];
    topics[t].name = std::string(wanted.name);
    topics[t].partitions.resize(wanted.partitions.size());
    for (std::size_t p = 0; p < wanted.partitions.size(); ++p) {
      ProduceAnswer& answer = topics[t].partitions[p];
      answer.index = wanted.partitions[p].index;
      answer.base_offset = -1;
      if (refused != ErrorCode::none) {
        answer.error_code = refused;
        failed = true;
        continue;
      }
      Offset end = -1;
      storage::PartitionLog* log = append_to_log(call, wanted.name, wanted.partitions[p], answer, &end);
      failed = failed || log == nullptr;
      if (log == nullptr || request.acks == kNoAcks) continue;
      ++pending->waiting;
      log->when_durable(end, [pending, &answer](ErrorCode error) {
        answer.error_code = error;
        if (error != ErrorCode::none) answer.base_offset = -1;
        pending->one_less();
      });
    }
  }
  if (request.acks != kNoAcks) return pending->one_less();
  // Without answers a closed connection is all that tells the client that something went wrong.
  if (failed) return call.slot->hang_up();
  call.slot->stay_silent();
}

}  // namespace weir::embedded::broker::api
