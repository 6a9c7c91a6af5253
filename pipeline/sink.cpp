#include "pipeline/sink.hpp"

namespace weir {

Task<Result<std::vector<Presence>>> Sink::look_up(MessageRefs messages) {
  Result<std::vector<Presence>> answer = std::vector<Presence>(messages.size(), Presence::only_writing_tells);
  co_return answer;
}

}  // namespace weir
