#include "pipeline/http/request_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace weir::http {

namespace beast = boost::beast;

namespace {

using Parser = beast::http::request_parser<beast::http::string_body>;
constexpr std::string_view kLineEnd = "\r\n";

std::string_view view(beast::string_view text) {
  return {text.data(), text.size()};
}

// Fills path and query from the target. False: it is of no form that a server of its own answers.
bool split_target(Request& request) {
  std::string_view rest = request.target;
  if (!rest.starts_with('/') && rest != "*") {
    // As proxies are asked: "http://host/path".
    const std::size_t host = rest.find("://");
    if (host == std::string_view::npos || rest.substr(0, host).find_first_of("/?") != std::string_view::npos)
      return false;
    const std::size_t path = rest.find_first_of("/?", host + 3);
    rest = path == std::string_view::npos ? std::string_view() : rest.substr(path);
  }
  const std::size_t question = rest.find('?');
  request.path = rest.substr(0, question);
  if (request.path.empty()) request.path = "/";
  if (question != std::string_view::npos) request.query = rest.substr(question + 1);
  return true;
}

}  // namespace

struct RequestParser::Impl {
  explicit Impl(const Options& o) : options(o) { begin(); }

  void begin() {
    parser.emplace();
    parser->header_limit(static_cast<std::uint32_t>(options.limits.head_bytes));
    parser->body_limit(options.limits.body_bytes);
    request = Request();
    head_bytes = 0;
    head_done = false;
    awaits_continue = false;
  }

  std::string_view rest() const { return std::string_view(input).substr(used); }

  State parse() {
    if (refused) return State::refused;
    if (!parser->got_some()) {
      // Some clients end a body with a line end that they do not count. As many as there are: how the bytes were cut
      // must not matter.
      while (behind_request && rest().starts_with(kLineEnd)) used += kLineEnd.size();
      if (behind_request && rest() == kLineEnd.substr(0, 1)) return State::partial;
      if (rest().empty()) return State::empty;
      behind_request = false;
    }
    while (!refused && !parser->is_done()) {
      if (rest().empty() || is_beginning_of_last_chunk()) return wait_for_more();
      beast::error_code failure;
      const std::size_t taken = parser->put(boost::asio::buffer(rest().data(), rest().size()), failure);
      used += taken;
      if (!head_done) head_bytes += taken;
      if (failure == beast::http::error::need_more) return wait_for_more();
      if (failure) {
        refuse(failure);
      } else if (!head_done && parser->is_header_done()) {
        take_head();
      }
    }
    return refused ? State::refused : State::whole;
  }

  // Beast 1.81 asserts that it sees the end of a chunked body, "0", line end, line end, in one piece once it has seen the
  // first line end.
  bool is_beginning_of_last_chunk() const {
    return head_done && parser->chunked() && rest().size() < 5 && rest().front() == '0';
  }

  // What is left now is a piece of a head, or of a line between chunks: the parser takes bodies as they come.
  State wait_for_more() {
    const std::size_t left = rest().size();
    if (left + (head_done ? 0 : head_bytes) > options.limits.head_bytes) refuse(beast::http::error::header_limit);
    return refused ? State::refused : State::partial;
  }

  void take_head() {
    head_done = true;
    const auto& head = parser->get();
    request.method = view(head.method_string());
    request.target = view(head.target());
    request.http_1_0 = head.version() < 11;
    request.keep_alive = parser->keep_alive();
    for (const auto& field : head) request.headers.add(std::string(field.name_string()), std::string(field.value()));
    if (head_bytes > options.limits.head_bytes) return refuse(beast::http::error::header_limit);
    if (request.headers.entries().size() > options.limits.headers)
      return refuse(431, "The request has too many headers.");
    if (request.target.size() > options.limits.target_bytes) return refuse(414, "The request's target is too long.");
    if (!split_target(request)) return refuse(beast::http::error::bad_target);
    check_encoding();
    check_expectation();
  }

  // Whoever reads a body's end elsewhere than its client or a proxy did takes the rest of it for a request.
  void check_encoding() {
    const auto encoding = request.headers.find("Transfer-Encoding");
    if (!encoding) return;
    if (request.http_1_0) return refuse(beast::http::error::bad_transfer_encoding);
    if (!beast::iequals(*encoding, "chunked")) refuse(501, "The only transfer encoding here is chunked.");
  }

  void check_expectation() {
    const auto expected = request.headers.find("Expect");
    if (refused || !expected || request.http_1_0) return;
    if (!beast::iequals(*expected, "100-continue")) return refuse(417, "The only expectation here is 100-continue.");
    awaits_continue = true;
  }

  void refuse(const beast::error_code& failure) {
    if (failure == beast::http::error::header_limit) return refuse(431, "The request's head is too long.");
    if (failure == beast::http::error::body_limit) return refuse(413, "The request's body is too large.");
    refuse(400, options.about + " What came cannot be read as a request: " + failure.message() + ".");
  }

  void refuse(int status, std::string_view why) {
    if (refused) return;
    refused = true;
    refusal = Response::text(status, std::string(why) + "\n");
    input = std::string();
    used = 0;
  }

  Request take() {
    request.body = std::move(parser->get().body());
    Request out = std::move(request);
    begin();
    behind_request = true;
    return out;
  }

  const Options& options;
  std::optional<Parser> parser;  // of one request
  std::string input;
  std::size_t used = 0;  // of input
  Request request;
  std::size_t head_bytes = 0;
  bool head_done = false;
  bool awaits_continue = false;
  bool behind_request = false;
  bool refused = false;
  Response refusal;
};

RequestParser::RequestParser(const Options& options) : impl_(std::make_unique<Impl>(options)) {}

RequestParser::~RequestParser() = default;

void RequestParser::add(std::string_view bytes) {
  if (impl_->refused) return;
  impl_->input.erase(0, impl_->used);
  impl_->used = 0;
  impl_->input += bytes;
}

RequestParser::State RequestParser::parse() {
  return impl_->parse();
}

bool RequestParser::wants_continue() {
  // The body is on its way already when some of it is here.
  return std::exchange(impl_->awaits_continue, false) && impl_->rest().empty();
}

Request RequestParser::take() {
  return impl_->take();
}

void RequestParser::refuse(int status, std::string_view why) {
  impl_->refuse(status, why);
}

const Response& RequestParser::refusal() const {
  return impl_->refusal;
}

bool RequestParser::is_head() const {
  return impl_->request.method == "HEAD";
}

}  // namespace weir::http
