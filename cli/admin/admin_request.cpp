#include "cli/admin/admin_request.hpp"

#include "cli/admin/token_file.hpp"
#include "cli/streams/run_to_end.hpp"
#include "pipeline/base/with_timeout.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <array>

namespace weir::cli {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::size_t kLargestAnswer = std::size_t{64} << 20;

std::string address_of(const AdminTarget& target) {
  const bool is_v6 = target.host.find(':') != std::string::npos;
  return (is_v6 ? "[" + target.host + "]" : target.host) + ":" + std::to_string(target.port);
}

Error not_there(const AdminTarget& target, const std::string& why) {
  return Error(Errc::unavailable, "no weir answers at " + address_of(target) + " (" + why +
                                      "): is one running, and with its admin port there? It says where at its start; "
                                      "--admin HOST:PORT names another");
}

std::string head_of(const AdminTarget& target, const AdminRequest& request, const std::string& token) {
  std::string out = request.method + " " + request.path + " HTTP/1.1\r\nHost: " + address_of(target) +
                    "\r\nAccept: " + request.accept + "\r\nConnection: close\r\n";
  if (request.method != "GET") out += "Content-Length: 0\r\n";
  if (!token.empty()) out += "Authorization: Bearer " + token + "\r\n";
  return out + "\r\n";
}

// Sends `head` and reads to the end.
Task<Result<AdminAnswer>> exchange(const AdminTarget& target, const std::string& head) {
  const Executor executor = co_await asio::this_coro::executor;
  boost::system::error_code failure;
  tcp::resolver resolver(executor);
  const auto addresses = resolver.resolve(target.host, std::to_string(target.port), failure);
  if (failure) co_return not_there(target, failure.message());
  tcp::socket socket(executor);
  auto token = asio::redirect_error(asio::use_awaitable, failure);
  co_await asio::async_connect(socket, addresses, token);
  if (failure) co_return not_there(target, failure.message());
  const asio::const_buffer bytes = asio::buffer(head);
  co_await asio::async_write(socket, bytes, token);
  if (failure) co_return not_there(target, failure.message());
  boost::beast::http::response_parser<boost::beast::http::string_body> parser;
  parser.eager(true);
  parser.body_limit(kLargestAnswer);
  std::string received;
  std::array<char, 16384> buffer{};
  while (!parser.is_done()) {
    const asio::mutable_buffer place = asio::buffer(buffer);
    const std::size_t size = co_await socket.async_read_some(place, token);
    if (failure) break;
    received.append(buffer.data(), size);
    boost::system::error_code bad;
    const std::size_t used = parser.put(asio::buffer(received), bad);
    received.erase(0, used);
    if (bad && bad != boost::beast::http::error::need_more) co_return not_there(target, "what answers is no weir");
  }
  if (!parser.is_done()) co_return not_there(target, "the answer was cut off");
  AdminAnswer answer{static_cast<int>(parser.get().result_int()), std::move(parser.get().body())};
  co_return answer;
}

Task<Result<AdminAnswer>> exchange_in_time(const AdminTarget& target, const std::string& head, Clock& clock,
                                           Duration patience) {
  Task<Result<AdminAnswer>> exchanging = exchange(target, head);
  Error late(Errc::unknown_outcome, "the weir at " + address_of(target) + " took too long to answer");
  Result<AdminAnswer> answer = co_await with_timeout(clock, patience, std::move(exchanging), std::move(late));
  co_return answer;
}

}  // namespace

Result<AdminAnswer> ask_admin(const AdminTarget& target, const AdminRequest& request) {
  std::string token;
  if (target.token_file) {
    Result<std::string> read = read_token(*target.token_file);
    if (!read) return read.error();
    token = std::move(*read);
  }
  const std::string head = head_of(target, request, token);
  SystemClock clock;
  asio::io_context io(1);
  return run_to_end(io, exchange_in_time(target, head, clock, request.patience));
}

std::string explain_refusal(const AdminTarget& target, const AdminAnswer& answer) {
  const std::string where = "the weir at " + address_of(target);
  if (answer.status == 401) {
    return target.token_file ? where + " does not know that token; --token-file names another"
                             : where + " wants a token: --token-file FILE, the one it was started with";
  }
  if (answer.status == 421) return where + " is not called so; name it as it was started (--admin, --admin-host)";
  if (answer.status == 404) return "what answers at " + address_of(target) + " is no weir, or an older one";
  std::string said = answer.body.substr(0, 300);
  while (!said.empty() && said.back() == '\n') said.pop_back();
  return where + " answered " + std::to_string(answer.status) + ": " + said;
}

}  // namespace weir::cli
