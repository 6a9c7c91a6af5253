// InitProducerId (22).
#include "embedded/broker/topics/admin.hpp"
#include "pipeline/base/log.hpp"

#include <limits>

namespace weir::embedded::broker::topics {

wire::InitProducerIdResponse TopicAdmin::init_producer_id(const RequestContext&,
                                                          const wire::InitProducerIdRequest& request) {
  using wire::ErrorCode;
  constexpr std::int16_t kLastEpoch = std::numeric_limits<std::int16_t>::max() - 1;  // as in Kafka
  wire::InitProducerIdResponse response;
  const auto refuse = [&](ErrorCode code) {
    response.error_code = code;
    response.producer_epoch = -1;
    return response;
  };
  // Transactions are not served. This code is final for every client, others are tried again and again.
  if (request.transactional_id) return refuse(ErrorCode::transactional_id_authorization_failed);
  // Both or none.
  const bool current = request.producer_id != -1;
  if (current != (request.producer_epoch != -1) || request.producer_id < -1 || request.producer_epoch < -1) {
    return refuse(ErrorCode::invalid_request);
  }
  // A producer that lost its place starts a new epoch of its id, unless the id is not ours or its epochs are used up.
  if (current && topics_.knows_producer_id(request.producer_id) && request.producer_epoch < kLastEpoch) {
    response.producer_id = request.producer_id;
    response.producer_epoch = static_cast<std::int16_t>(request.producer_epoch + 1);
    return response;
  }
  const Result<std::int64_t> id = topics_.next_producer_id();
  if (!id) {
    log::error("No producer id could be reserved.", {{"error", id.error().message()}});
    return refuse(ErrorCode::kafka_storage_error);
  }
  response.producer_id = *id;
  return response;
}

}  // namespace weir::embedded::broker::topics
