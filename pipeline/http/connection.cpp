#include "pipeline/http/connection.hpp"

#include "pipeline/base/log.hpp"
#include "pipeline/base/with_timeout.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace weir::http {

namespace asio = boost::asio;

namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

std::string what(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& exception) {
    return exception.what();
  } catch (...) {
    return "something that is no exception";
  }
}

}  // namespace

Connection::Connection(Socket socket, std::string_view already_read, const Handler& handler, const Options& options,
                       Clock& clock)
    : socket_(std::move(socket)), handler_(handler), options_(options), clock_(clock), parser_(options) {
  parser_.add(already_read);
}

Task<void> Connection::run() {
  while (true) {
    const bool arrived = co_await receive();
    if (!arrived) co_return;
    AfterAnswer after = AfterAnswer::close;
    Response response;
    bool with_body = true;
    if (parser_.parse() == RequestParser::State::refused) {
      response = parser_.refusal();
      with_body = !parser_.is_head();
    } else {
      Request request = parser_.take();
      with_body = request.method != "HEAD";
      const bool more = request.keep_alive && ++served_ < options_.limits.requests;
      const AfterAnswer keep = request.http_1_0 ? AfterAnswer::keep_alive_1_0 : AfterAnswer::keep_alive;
      response = co_await ask(std::move(request));
      if (more && !draining_) after = keep;
    }
    const bool sent = co_await send(response, after, with_body);
    if (!sent) co_return;
    if (after != AfterAnswer::close) continue;
    co_await say_goodbye();
    co_return;
  }
}

void Connection::drain() {
  draining_ = true;
  boost::system::error_code ignored;
  if (idle_) socket_.cancel(ignored);
}

Task<bool> Connection::receive() {
  bool begun = false;
  TimePoint until = clock_.now() + options_.limits.idle;
  while (true) {
    const RequestParser::State state = parser_.parse();
    if (state == RequestParser::State::whole || state == RequestParser::State::refused) co_return true;
    if (state == RequestParser::State::partial && !begun) {
      begun = true;
      until = clock_.now() + options_.limits.arrival;
    }
    if (!begun && draining_) co_return false;
    if (parser_.wants_continue()) {
      const bool sent = co_await send(kContinue, std::string_view());
      if (!sent) co_return false;
    }
    idle_ = !begun;
    const Result<std::size_t> size = co_await read(until);
    idle_ = false;
    if (size && *size > 0) {
      parser_.add(received(*size));
      continue;
    }
    const bool late = clock_.now() >= until;
    if (!begun || (!size && !late)) co_return false;
    if (size) {
      parser_.refuse(400, "The connection was closed in the middle of a request.");
    } else {
      parser_.refuse(408, "The request did not arrive in time.");
    }
  }
}

Task<Response> Connection::ask(Request request) {
  const std::string path = request.path;
  std::optional<Result<Response>> answer;
  std::exception_ptr failure;
  Task<Result<Response>> call = call_handler(std::move(request));
  Error too_slow(Errc::unknown_outcome, "the handler took too long");
  try {
    Result<Response> result =
        co_await with_timeout(clock_, options_.limits.handling, std::move(call), std::move(too_slow));
    answer.emplace(std::move(result));
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure != nullptr) {
    const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) std::rethrow_exception(failure);
    log::error("a handler of HTTP requests failed; this is a bug, please report it",
               {{"path", path}, {"error", what(failure)}});
    co_return Response::text(500, "The request failed; the log says why.\n");
  }
  if (!*answer) co_return Response::text(503, "The request took too long.\n");
  co_return std::move(**answer);
}

Task<Result<Response>> Connection::call_handler(Request request) {
  Response response = co_await handler_(std::move(request));
  co_return Result<Response>(std::move(response));
}

Task<bool> Connection::send(const Response& response, AfterAnswer after, bool with_body) {
  const std::string head = head_of(response, after, options_.headers);
  const std::string_view body =
      with_body && response.may_have_body() ? std::string_view(response.body) : std::string_view();
  const bool sent = co_await send(head, body);
  co_return sent;
}

Task<bool> Connection::send(std::string_view head, std::string_view body) {
  Task<Result<void>> writing = write(head, body);
  Error too_slow(Errc::unknown_outcome, "the peer does not read its answer");
  const Result<void> sent =
      co_await with_timeout(clock_, options_.limits.sending, std::move(writing), std::move(too_slow));
  co_return sent.has_value();
}

Task<Result<void>> Connection::write(std::string_view head, std::string_view body) {
  const std::array<asio::const_buffer, 2> pieces = {asio::buffer(head), asio::buffer(body)};
  boost::system::error_code failure;
  auto token = asio::redirect_error(asio::use_awaitable, failure);
  co_await asio::async_write(socket_, pieces, token);
  if (failure) co_return Error(Errc::unavailable, failure.message());
  co_return Result<void>();
}

// Time that runs out around a read loses what was read at that moment: the connection is about to end anyway.
Task<Result<std::size_t>> Connection::read(TimePoint until) {
  Task<Result<std::size_t>> reading = read_some();
  Error too_slow(Errc::unknown_outcome, "the peer sends nothing");
  const Duration left = until - clock_.now();
  Result<std::size_t> size = co_await with_timeout(clock_, left, std::move(reading), std::move(too_slow));
  co_return size;
}

Task<Result<std::size_t>> Connection::read_some() {
  const asio::mutable_buffer place = asio::buffer(buffer_);
  boost::system::error_code failure;
  auto token = asio::redirect_error(asio::use_awaitable, failure);
  const std::size_t size = co_await socket_.async_read_some(place, token);
  if (failure == asio::error::eof) co_return Result<std::size_t>(0);
  if (failure) co_return Error(Errc::unavailable, failure.message());
  co_return size;
}

// Closing a socket with unread bytes resets it, and the answer may be lost on the way: read what comes until the peer
// has closed, too.
Task<void> Connection::say_goodbye() {
  boost::system::error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  const TimePoint until = clock_.now() + options_.limits.goodbye;
  while (true) {
    const Result<std::size_t> size = co_await read(until);
    if (!size || *size == 0) co_return;
  }
}

}  // namespace weir::http
