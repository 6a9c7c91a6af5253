// Any requests to the admin port: each is answered, none that names another host or comes from another origin gets
// anything, and without the token nobody gets more than plain health.
#include "pipeline/admin/site.hpp"
#include "pipeline/base/task_group.hpp"
#include "pipeline/http/request_parser.hpp"
#include "pipeline/testing/manual_clock.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <source_location>

namespace {

using namespace weir;

constexpr std::string_view kSecret = "orders-that-are-secret";

void check(bool holds, const std::source_location& where = std::source_location::current()) {
  if (holds) return;
  std::fprintf(stderr, "%s:%u: what must hold does not\n", where.file_name(), where.line());
  std::abort();
}

struct Program {
  int changes = 0;

  admin::Actions actions() {
    return {.summary =
                [](const admin::Answer<Summary>& answer) {
                  Summary summary;
                  summary.pipelines.emplace_back().name = kSecret;
                  answer(std::move(summary));
                },
            .config = [](const admin::Answer<std::string>& answer) { answer(std::string(kSecret)); },
            .pause =
                [this](const std::string&, bool, const admin::Answer<Result<void>>& answer) {
                  ++changes;
                  answer(Result<void>());
                },
            .reload =
                [this](const std::string&, const admin::Answer<ReloadOutcome>& answer) {
                  ++changes;
                  answer(ReloadOutcome());
                },
            .reload_state =
                [](const admin::Answer<admin::ReloadState>& answer) {
                  answer(admin::ReloadState());
                }};
  }
};

Task<void> answer_into(admin::Site& site, http::Request request, http::Response& place) {
  http::Response response = co_await site.handle(std::move(request));
  place = std::move(response);
}

bool names_us(const http::Request& request) {
  const auto host = request.headers.find("Host");
  return host && (host->starts_with("localhost") || host->starts_with("LOCALHOST") || host->starts_with("127.") ||
                  host->starts_with("[") || host->starts_with("::") ||
                  std::ranges::any_of(*host, [](char c) { return c >= 'A' && c <= 'Z'; }));
}

void ask(http::Request request, bool with_token) {
  boost::asio::io_context io(1);
  weir::testing::ManualClock clock(io);
  const Metrics metrics;
  Program program;
  admin::Site site({.executor = io.get_executor(),
                    .clock = clock,
                    .metrics = metrics,
                    .actions = program.actions(),
                    .identity = {},
                    .version_json = std::string(kSecret),
                    .guard = {.host = "127.0.0.1", .names = {}, .token = with_token ? "0123456789abcdef" : ""},
                    .connections = {}});
  const bool is_ours = names_us(request);
  const bool is_post = request.method == "POST";
  const auto origin = request.headers.find("Origin");
  const bool has_token = request.headers.find("Authorization").value_or("").ends_with("0123456789abcdef");
  const bool other_origin = origin && !origin->starts_with("http");
  http::Response response;
  response.status = 0;
  TaskGroup group(io.get_executor());
  group.spawn("ask", answer_into(site, std::move(request), response));
  clock.run_until_idle();
  check(group.empty());
  check(response.status >= 200 && response.status < 600);
  check(!response.content_type.empty());
  if (!is_ours) check(response.status >= 400 && program.changes == 0);
  if (!is_post) check(program.changes == 0);
  if (is_post && other_origin) check(program.changes == 0);
  if (with_token && !has_token) {
    check(program.changes == 0);
    check(response.body.find(kSecret) == std::string::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const http::Options options = admin::Site::http_options();
  http::RequestParser parser(options);
  parser.add(bytes);
  for (int requests = 0; requests < 4 && parser.parse() == http::RequestParser::State::whole; ++requests) {
    const http::Request request = parser.take();
    ask(request, false);
    ask(request, true);
  }
  return 0;
}
