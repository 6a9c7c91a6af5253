#include "embedded/eventstore/calls/http_append.hpp"

#include "embedded/eventstore/log/stream_metadata.hpp"
#include "pipeline/base/signal.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

namespace weir::embedded::eventstore {

using http::Request;
using http::Response;

namespace {

// Between the sequencer's thread and the coroutine that waits on the front door's.
struct Answer {
  explicit Answer(const Executor& e) : executor(e), arrived(e) {}
  const Executor executor;
  Signal arrived;
  std::optional<AppendResult> result;
};

void deliver(const std::shared_ptr<Answer>& answer, AppendResult result) {
  boost::asio::post(answer->executor, [answer, result = std::move(result)]() mutable {
    answer->result = std::move(result);
    answer->arrived.notify_all();
  });
}

Response written(const Appended& appended, std::size_t events, const std::string& path, const Request& request) {
  const Revision first = std::max<Revision>(0, appended.revision - static_cast<Revision>(events) + 1);
  const auto host = request.headers.find("Host");
  Response out = Response::text(201, "Created\n");
  out.headers.add("Location",
                  (host ? "http://" + std::string(*host) : std::string()) + path + "/" + std::to_string(first));
  return out;
}

Response wrong_version(Revision current) {
  Response out = Response::text(400, "Wrong expected EventNumber: the stream's last revision is " +
                                         std::to_string(current) + " (-1: there is none).\n");
  out.reason = "Wrong expected EventNumber";  // clients know it by that
  out.headers.add("ES-CurrentVersion", std::to_string(current));
  return out;
}

Response answer_to(const AppendResult& result, std::size_t events, const std::string& path, const Request& request) {
  if (const auto* appended = std::get_if<Appended>(&result)) return written(*appended, events, path, request);
  if (const auto* wrong = std::get_if<WrongExpectedVersion>(&result)) return wrong_version(wrong->current);
  if (std::holds_alternative<StreamTombstoned>(result)) {
    Response gone = Response::text(410, "Stream deleted: it takes no events any more.\n");
    gone.reason = "Stream deleted";
    return gone;
  }
  if (std::holds_alternative<TimedOut>(result)) {
    return Response::text(500, "Write timeout: nothing was written; send it again with the same ids.\n");
  }
  return Response::text(503, std::get<WriteFailed>(result).error.message() + "\n");
}

}  // namespace

Task<Response> append_over_http(Store& store, Request request) {
  HttpAppend append = read_http_append(request);
  if (append.refusal) {
    Response refusal = std::move(*append.refusal);
    co_return refusal;
  }
  const Executor executor = co_await boost::asio::this_coro::executor;
  const auto answer = std::make_shared<Answer>(executor);
  const std::size_t events = append.write.events.size();
  append.write.deadline = store.clock().now() + kWriteTimeout;
  append.write.done = [answer](AppendResult result) {
    deliver(answer, std::move(result));
  };
  const Sequencer::Submitted submitted = store.sequencer().submit(std::move(append.write));
  if (submitted != Sequencer::Submitted::queued) {
    Response busy = Response::text(
        503, submitted == Sequencer::Submitted::queue_full ? "Server Is Too Busy\n" : "Server Is Shutting Down\n");
    co_return busy;
  }
  while (!answer->result) co_await answer->arrived.wait();
  Response response = answer_to(*answer->result, events, append.path, request);
  co_return response;
}

}  // namespace weir::embedded::eventstore
