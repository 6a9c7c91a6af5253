// One connection that speaks HTTP/1.1: requests in, answers out, in turn.
#pragma once

#include "pipeline/base/clock.hpp"
#include "pipeline/base/result.hpp"
#include "pipeline/http/handler.hpp"
#include "pipeline/http/options.hpp"
#include "pipeline/http/request_parser.hpp"

#include <boost/asio/generic/stream_protocol.hpp>

#include <array>
#include <span>

namespace weir::http {

// Of TCP, or local.
using Socket = boost::asio::generic::stream_protocol::socket;

// The next request is read when the one before has been answered, so that a peer that sends many of them waits in its
// own socket.
//
// Lifetime: run() .. its end; outlived by what it is given. Executor: the socket's, of one thread. Cancellation:
// terminal; the socket is closed by the destructor. Errors: none; a peer that misbehaves is told so, if it listens.
class Connection {
 public:
  // `already_read`: bytes that were taken off the socket to find out who is there.
  Connection(Socket socket, std::string_view already_read, const Handler& handler, const Options& options,
             Clock& clock);

  Task<void> run();
  // Takes no request that has not begun; ends when the one under way is answered.
  void drain();

 private:
  // Reads until the parser has a request or a refusal; false: nothing more comes.
  Task<bool> receive();
  Task<Response> ask(Request request);
  Task<Result<Response>> call_handler(Request request);
  // False: the peer did not take it.
  Task<bool> send(const Response& response, AfterAnswer after, bool with_body);
  Task<bool> send(std::string_view head, std::string_view body);
  Task<Result<void>> write(std::string_view head, std::string_view body);
  // 0: the peer has closed its side.
  Task<Result<std::size_t>> read(TimePoint until);
  Task<Result<std::size_t>> read_some();
  Task<void> say_goodbye();

  std::string_view received(std::size_t size) const { return {buffer_.data(), size}; }

  Socket socket_;
  const Handler& handler_;
  const Options& options_;
  Clock& clock_;
  RequestParser parser_;
  std::array<char, 8192> buffer_;
  std::size_t served_ = 0;
  bool idle_ = false;  // waits for the first byte of a request
  bool draining_ = false;
};

}  // namespace weir::http
