#include "embedded/eventstore/net/http.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

namespace weir::embedded::eventstore {

namespace {

constexpr std::size_t kMaxHead = 8192;
constexpr std::string_view kEndOfHead = "\r\n\r\n";

std::string response(std::string_view status, std::string_view body, bool with_body) {
  std::string out = "HTTP/1.1 " + std::string(status) + "\r\nConnection: close\r\nCache-Control: no-store\r\n";
  if (!status.starts_with("204")) {
    out += "Content-Type: text/plain; charset=utf-8\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  }
  out += "\r\n";
  if (with_body) out += body;
  return out;
}

class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(boost::asio::ip::tcp::socket socket, std::function<bool()> ready, std::function<void()> closed)
      : socket_(std::move(socket)),
        timer_(socket_.get_executor()),
        ready_(std::move(ready)),
        closed_(std::move(closed)) {}
  ~HttpConnection() { closed_(); }

  void start(std::chrono::nanoseconds timeout) {
    timer_.expires_after(std::chrono::duration_cast<boost::asio::steady_timer::duration>(timeout));
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& failure) {
      if (!failure) self->close();
    });
    boost::asio::async_read_until(
        socket_, boost::asio::dynamic_buffer(head_, kMaxHead), kEndOfHead,
        [self = shared_from_this()](const boost::system::error_code& failure, std::size_t) { self->answer(failure); });
  }

 private:
  void answer(const boost::system::error_code& failure) {
    if (failure == boost::asio::error::not_found) {
      answer_ = response("431 Request Header Fields Too Large", "The request's head is too long.\n", true);
    } else if (failure) {
      return close();
    } else {
      answer_ = answer_http(head_, ready_());
    }
    boost::asio::async_write(
        socket_, boost::asio::buffer(answer_),
        [self = shared_from_this()](const boost::system::error_code&, std::size_t) { self->say_goodbye(); });
  }

  // Closing a socket with unread bytes resets it, and the answer may be lost on the way: read what comes until the peer
  // has closed, too.
  void say_goodbye() {
    boost::system::error_code ignored;
    socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
    swallow();
  }
  void swallow() {
    head_.resize(kMaxHead);
    socket_.async_read_some(boost::asio::buffer(head_),
                            [self = shared_from_this()](const boost::system::error_code& failure, std::size_t) {
                              failure ? self->close() : self->swallow();
                            });
  }

  void close() {
    timer_.cancel();
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer timer_;
  std::function<bool()> ready_;
  std::function<void()> closed_;
  std::string head_;
  std::string answer_;
};

}  // namespace

std::string answer_http(std::string_view head, bool ready) {
  const std::string_view line = head.substr(0, head.find("\r\n"));
  const std::size_t method_end = line.find(' ');
  const std::size_t target_end = method_end == std::string_view::npos ? method_end : line.find(' ', method_end + 1);
  if (target_end == std::string_view::npos || !line.substr(target_end + 1).starts_with("HTTP/1.")) {
    return response("400 Bad Request", "This port speaks gRPC (HTTP/2) and a little HTTP/1.1.\n", true);
  }
  const std::string_view method = line.substr(0, method_end);
  std::string_view path = line.substr(method_end + 1, target_end - method_end - 1);
  path = path.substr(0, path.find('?'));
  const bool with_body = method != "HEAD";
  const bool known_path = path == "/health/live" || path == "/ping";
  if (known_path && method != "GET" && method != "HEAD") {
    return response("405 Method Not Allowed", "Only GET and HEAD are allowed here.\n", true);
  }
  if (path == "/health/live")
    return ready ? response("204 No Content", "", false)
                 : response("503 Service Unavailable", "not ready\n", with_body);
  if (path == "/ping") return response("200 OK", "Ping request successfully handled\n", with_body);
  return response("404 Not Found",
                  "There is nothing at this path. "
                  "This is weir's event store: streams are read and written over gRPC by the clients of\n"
                  "EventStoreDB and KurrentDB, with a connection string such as esdb://HOST:PORT?tls=false. "
                  "Over HTTP/1.1 it answers\n"
                  "GET /health/live and GET /ping.\n",
                  with_body);
}

void serve_http(boost::asio::ip::tcp::socket socket, std::chrono::nanoseconds timeout, std::function<bool()> ready,
                std::function<void()> closed) {
  std::make_shared<HttpConnection>(std::move(socket), std::move(ready), std::move(closed))->start(timeout);
}

}  // namespace weir::embedded::eventstore
