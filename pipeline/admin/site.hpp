// Site: what the admin port answers. Read this file first.
#pragma once

#include "pipeline/admin/actions.hpp"
#include "pipeline/admin/guard.hpp"
#include "pipeline/admin/readiness.hpp"
#include "pipeline/admin/scrape.hpp"
#include "pipeline/http/options.hpp"
#include "pipeline/http/router.hpp"

#include <functional>
#include <optional>
#include <string>

namespace weir::admin {

// Requests in, answers out, free of sockets. What the probes and Prometheus ask for is answered at once, from a look at
// the program that is a second old at most: a probe that waits would make a busy program look dead. What a person asks
// for is asked anew.
//
// Lifetime: outlives its calls; outlived by the clock and the metrics. Executor: the one given, of one thread, which is
// not the program's. Cancellation: terminal. Errors: none; the program not answering is an answer (503).
class Site {
 public:
  struct Parts {
    Executor executor;
    Clock& clock;
    const Metrics& metrics;
    Actions actions;
    Identity identity;
    std::string version_json;  // GET /version
    Guard::Settings guard;
    std::function<std::size_t()> connections;         // of the port, for its metric
    Duration stall_after = std::chrono::seconds(60);  // a partition that stands still for so long is not ready
  };
  explicit Site(Parts parts);

  Task<http::Response> handle(http::Request request);
  // Looks at the program every second, until it is cancelled.
  Task<void> run_watch_loop();

  static http::Options http_options();

 private:
  Task<http::Response> answer(http::Request request);
  http::Response index() const;
  http::Response live() const;
  http::Response ready(const http::Request& request) const;
  http::Response metrics() const;
  Task<http::Response> config(http::Request request);
  Task<http::Response> pipelines(http::Request request);
  Task<http::Response> one_pipeline(http::Request request);
  Task<http::Response> show_pipeline(std::string name);
  Task<http::Response> pause(std::string name, bool pause);
  Task<http::Response> reload(http::Request request);
  Task<http::Response> reload_state(http::Request request);
  std::vector<NotReady> reasons() const;

  const Parts parts_;
  const Guard guard_;
  http::Router routes_;
  const TimePoint started_at_;
  TimePoint seen_at_;               // when the program last answered
  std::optional<Summary> summary_;  // what it said
  StallWatch stalls_;
};

}  // namespace weir::admin
