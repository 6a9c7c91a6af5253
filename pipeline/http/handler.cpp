#include "pipeline/http/handler.hpp"

namespace weir::http {

namespace {

using Answer = std::function<Response(const Request&)>;

// The function is kept alive by its handler, which outlives its calls.
Task<Response> answer_now(const Answer& answer, Request request) {
  Response response = answer(request);
  co_return response;
}

}  // namespace

Handler at_once(Answer answer) {
  return [answer = std::move(answer)](Request request) {
    return answer_now(answer, std::move(request));
  };
}

}  // namespace weir::http
