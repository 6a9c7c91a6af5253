#include "pipeline/admin/site.hpp"

#include "pipeline/admin/exposition.hpp"
#include "pipeline/text/json_writer.hpp"
#include "pipeline/text/quotes.hpp"

#include <algorithm>

namespace weir::admin {

using http::Request;
using http::Response;
using namespace std::chrono_literals;

namespace {

constexpr Duration kLookEvery = 1s;
constexpr Duration kAnswerWithin = 5s;
constexpr Duration kAliveWithin = 30s;
// The longest drain of a switch, the time that an old sink may take to answer, and room for both.
constexpr Duration kReloadWithin = 15min;

constexpr std::string_view kPipelines = "/pipelines/";

struct PathInfo {
  std::string_view method;
  std::string_view path;
  std::string_view what;
};
constexpr PathInfo kPaths[] = {
    {"GET", "/health/live", "200 while the program answers"},
    {"GET", "/health/ready", "200 while every pipeline does its work, else 503 with the reasons"},
    {"GET", "/metrics", "for Prometheus"},
    {"GET", "/pipelines", "what every pipeline does"},
    {"GET", "/pipelines/NAME", "what one does"},
    {"POST", "/pipelines/NAME/pause", "nothing more is read; what is in flight is finished"},
    {"POST", "/pipelines/NAME/resume", "it goes on"},
    {"GET", "/config", "the configuration that runs, secrets masked"},
    {"GET", "/reload", "how the last reload went"},
    {"POST", "/reload", "reads the configuration again and puts it to work"},
    {"GET", "/version", "what this program is made of"},
};

Response json(int status, std::string body) {
  Response out;
  out.status = status;
  out.content_type = "application/json";
  out.body = std::move(body);
  return out;
}

Response error(int status, const std::string& what) {
  std::string body;
  text::JsonWriter writer(body);
  writer.begin_object();
  writer.member("error", what);
  writer.end_object();
  return json(status, body + "\n");
}

Response no_answer() {
  return error(503, "weir does not answer at the moment: it is starting, ending, or stuck; the log says more");
}

Response no_such_pipeline(const std::string& name) {
  return error(404, "there is no pipeline " + text::in_quotes(name) + "; GET /pipelines lists them");
}

Response only(const std::string& method) {
  Response out = Response::text(405, "Only " + method + " allowed here.\n");
  out.headers.add("Allow", method == "GET and HEAD are" ? "GET, HEAD" : "POST");
  return out;
}

int status_of(const Error& why) {
  return why.code() == Errc::not_found ? 404 : 409;
}

int status_of(const ReloadOutcome& outcome) {
  if (outcome.kind != ReloadOutcome::Kind::refused) return 200;
  return outcome.findings.has_errors() ? 422 : 409;
}

std::string render_json(const ReloadState& state) {
  std::string out;
  text::JsonWriter writer(out);
  writer.begin_object();
  writer.member("busy", state.busy);
  writer.key("waiting_for");
  writer.begin_array();
  for (const std::string& reason : state.waiting_for) writer.value(reason);
  writer.end_array();
  writer.key("last");
  if (state.last) {
    writer.raw_on_one_line(weir::render_json(*state.last));
  } else {
    writer.null();
  }
  writer.end_object();
  return out + "\n";
}

}  // namespace

Site::Site(Parts parts)
    : parts_(std::move(parts)),
      guard_(parts_.guard),
      started_at_(parts_.clock.now()),
      seen_at_(started_at_),
      stalls_(parts_.stall_after) {
  const auto at_once = [this](std::string path, auto answer) {
    routes_.add("GET", std::move(path), http::at_once(std::move(answer)));
  };
  at_once("/", [this](const Request&) { return index(); });
  at_once("/version", [this](const Request&) { return json(200, parts_.version_json); });
  at_once("/health/live", [this](const Request&) { return live(); });
  at_once("/health/ready", [this](const Request& request) { return ready(request); });
  at_once("/metrics", [this](const Request&) { return metrics(); });
  routes_.add("GET", "/config", [this](Request request) { return config(std::move(request)); });
  routes_.add("GET", "/pipelines", [this](Request request) { return pipelines(std::move(request)); });
  routes_.add_folder(std::string(kPipelines), [this](Request request) { return one_pipeline(std::move(request)); });
  routes_.add("GET", "/reload", [this](Request request) { return reload_state(std::move(request)); });
  routes_.add("POST", "/reload", [this](Request request) { return reload(std::move(request)); });
  routes_.set_not_found("There is nothing at this path. GET / lists what there is.\n");
}

http::Options Site::http_options() {
  http::Options out;
  out.about = "This is weir's admin port, which speaks HTTP/1.1.";
  out.limits.body_bytes = 4096;  // no request here has one that is read
  out.limits.connections = 128;
  out.limits.headers = 64;
  out.limits.idle = 15s;
  out.limits.arrival = 5s;
  out.limits.handling = kReloadWithin + kAnswerWithin;
  out.headers = {{"X-Content-Type-Options", "nosniff"},
                 {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
                 {"Cross-Origin-Resource-Policy", "same-origin"}};
  return out;
}

Task<Response> Site::handle(Request request) {
  std::optional<Response> refused = guard_.refuse(request);
  if (refused) co_return std::move(*refused);
  const bool is_probe = request.path == "/health/live" || request.path == "/health/ready";
  if (!is_probe && !guard_.is_trusted(request)) co_return Guard::unauthorised();
  Response response = co_await routes_.handle(std::move(request));
  co_return response;
}

Task<void> Site::run_watch_loop() {
  for (;;) {
    std::optional<Summary> seen =
        co_await ask<Summary>(parts_.executor, parts_.clock, kAnswerWithin, parts_.actions.summary);
    if (seen) {
      seen_at_ = parts_.clock.now();
      stalls_.look(*seen, seen_at_);
      summary_ = std::move(seen);
    }
    co_await parts_.clock.sleep_for(kLookEvery);
  }
}

Response Site::index() const {
  std::string body;
  text::JsonWriter writer(body, text::JsonLayout::lines);
  writer.begin_object();
  writer.member("program", "weir " + parts_.identity.version);
  writer.key("paths");
  writer.begin_array();
  for (const PathInfo& info : kPaths) {
    writer.begin_object(text::JsonLayout::spaced);
    writer.member("method", info.method);
    writer.member("path", info.path);
    writer.member("what", info.what);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  return json(200, body + "\n");
}

// The control thread does nothing that takes long, so one that does not answer for so long never will: only a new start
// helps.
Response Site::live() const {
  if (parts_.clock.now() - seen_at_ < kAliveWithin) return json(200, "{\"status\":\"live\"}\n");
  return json(503, "{\"status\":\"stuck\"}\n");
}

std::vector<NotReady> Site::reasons() const {
  if (!summary_) return {{{}, "weir", "it is being started"}};
  std::vector<NotReady> reasons = find_reasons(*summary_, stalls_.stalled());
  if (parts_.clock.now() - seen_at_ >= kAnswerWithin + kLookEvery)
    reasons.push_back({{}, "weir", "its control thread does not answer"});
  return reasons;
}

// Reasons name hosts and topics: not for those without the token.
Response Site::ready(const Request& request) const {
  const std::vector<NotReady> why = reasons();
  return json(why.empty() ? 200 : 503, render_readiness(why, guard_.is_trusted(request)));
}

Response Site::metrics() const {
  static const Summary kNothingYet;
  const Scene scene{.summary = summary_ ? *summary_ : kNothingYet,
                    .stalls = stalls_,
                    .identity = parts_.identity,
                    .now = parts_.clock.wall_now(),
                    .uptime = parts_.clock.now() - started_at_,
                    .ready = reasons().empty(),
                    .admin_connections = parts_.connections ? parts_.connections() : 0};
  Response out;
  out.content_type = kExpositionType;
  out.body = scrape(parts_.metrics, scene, read_process_stats());
  return out;
}

Task<Response> Site::config(Request) {
  std::optional<std::string> text =
      co_await ask<std::string>(parts_.executor, parts_.clock, kAnswerWithin, parts_.actions.config);
  if (!text) co_return no_answer();
  Response out = Response::text(200, std::move(*text));
  out.content_type = "application/yaml";
  co_return out;
}

Task<Response> Site::pipelines(Request) {
  std::optional<Summary> summary =
      co_await ask<Summary>(parts_.executor, parts_.clock, kAnswerWithin, parts_.actions.summary);
  if (!summary) co_return no_answer();
  co_return json(200, weir::render_json(*summary));
}

// Below "/pipelines/": NAME, NAME/pause and NAME/resume. No name of a pipeline has a slash.
Task<Response> Site::one_pipeline(Request request) {
  std::string name = request.path.substr(kPipelines.size());
  const std::size_t slash = name.find('/');
  const std::string verb = slash == std::string::npos ? std::string() : name.substr(slash + 1);
  name.resize(std::min(slash, name.size()));
  Response response;
  if (slash == std::string::npos) {
    if (request.method != "GET" && request.method != "HEAD") co_return only("GET and HEAD are");
    response = co_await show_pipeline(std::move(name));
  } else if (verb == "pause" || verb == "resume") {
    if (request.method != "POST") co_return only("POST is");
    response = co_await pause(std::move(name), verb == "pause");
  } else {
    response = Response::text(404, "There is nothing at this path. GET / lists what there is.\n");
  }
  co_return response;
}

Task<Response> Site::show_pipeline(std::string name) {
  std::optional<Summary> summary =
      co_await ask<Summary>(parts_.executor, parts_.clock, kAnswerWithin, parts_.actions.summary);
  if (!summary) co_return no_answer();
  const auto found = std::ranges::find(summary->pipelines, name, &PipelineSummary::name);
  if (found == summary->pipelines.end()) co_return no_such_pipeline(name);
  co_return json(200, weir::render_json(*found));
}

Task<Response> Site::pause(std::string name, bool pause) {
  std::function<void(Answer<Result<void>>)> question = [this, &name, pause](Answer<Result<void>> answer) {
    parts_.actions.pause(name, pause, std::move(answer));
  };
  std::optional<Result<void>> done =
      co_await ask<Result<void>>(parts_.executor, parts_.clock, kAnswerWithin, std::move(question));
  if (!done) co_return no_answer();
  if (done->has_error() && done->error().code() == Errc::not_found) co_return no_such_pipeline(name);
  if (done->has_error()) co_return error(status_of(done->error()), done->error().message());
  Response response = co_await show_pipeline(std::move(name));
  co_return response;
}

Task<Response> Site::reload(Request request) {
  std::function<void(Answer<ReloadOutcome>)> question = [this](Answer<ReloadOutcome> answer) {
    parts_.actions.reload("POST /reload", std::move(answer));
  };
  std::optional<ReloadOutcome> outcome =
      co_await ask<ReloadOutcome>(parts_.executor, parts_.clock, kReloadWithin, std::move(question));
  if (!outcome) co_return error(503, "the reload goes on, or weir is ending; GET /reload tells how it went");
  const auto accepted = request.headers.find("Accept");
  if (accepted && *accepted == "text/plain") co_return Response::text(status_of(*outcome), describe(*outcome));
  co_return json(status_of(*outcome), weir::render_json(*outcome));
}

Task<Response> Site::reload_state(Request) {
  std::optional<ReloadState> state =
      co_await ask<ReloadState>(parts_.executor, parts_.clock, kAnswerWithin, parts_.actions.reload_state);
  if (!state) co_return no_answer();
  co_return json(200, render_json(*state));
}

}  // namespace weir::admin
