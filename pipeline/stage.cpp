#include "pipeline/stage.hpp"

namespace weir {

void StageContext::fail(Message& message, Error error) {
  auto failure = std::make_unique<Failure>();
  failure->error = std::move(error);
  failure->component = stage_name();
  failure->first_failed_at = wall_now();
  failure->last_failed_at = failure->first_failed_at;
  message.failure = std::move(failure);
}

}  // namespace weir
