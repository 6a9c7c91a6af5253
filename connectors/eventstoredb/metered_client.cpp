#include "connectors/eventstoredb/metered_client.hpp"

#include <utility>

namespace weir::connectors::eventstoredb {

namespace {

// A call under way, also one that is cancelled.
class InFlightCall {
 public:
  explicit InFlightCall(Gauge& gauge) : gauge_(gauge) { gauge_.add(1); }
  ~InFlightCall() { gauge_.add(-1); }
  InFlightCall(const InFlightCall&) = delete;
  InFlightCall& operator=(const InFlightCall&) = delete;

 private:
  Gauge& gauge_;
};

class MeteredClient final : public StoreClient {
 public:
  MeteredClient(std::shared_ptr<StoreClient> client, Clock& clock, Metrics& metrics, std::string connection)
      : client_(std::move(client)),
        clock_(clock),
        metrics_(metrics),
        connection_(std::move(connection)),
        events_(metrics.counter("weir_eventstoredb_appended_events_total", {{"connection", connection_}})),
        appends_(metrics.histogram("weir_eventstoredb_append_duration_seconds", Unit::seconds,
                                   {{"connection", connection_}})),
        reads_(
            metrics.histogram("weir_eventstoredb_read_duration_seconds", Unit::seconds, {{"connection", connection_}})),
        in_flight_(metrics.gauge("weir_eventstoredb_calls_in_flight", {{"connection", connection_}})) {
    // There from the start, so that the first error is an increase.
    for (const Errc usual : {Errc::unavailable, Errc::unknown_outcome}) errors(usual);
  }

  Task<Result<AppendOutcome>> append(std::string stream, ExpectedRevision expected,
                                     std::span<const NewEvent> events) override {
    const InFlightCall call(in_flight_);
    const TimePoint begun = clock_.now();
    Result<AppendOutcome> outcome = co_await client_->append(std::move(stream), expected, events);
    appends_.observe(microseconds_since(begun));
    if (outcome.has_error()) {
      count(outcome.error());
    } else if (std::holds_alternative<Appended>(*outcome)) {
      events_.add(events.size());
    }
    co_return outcome;
  }

  Task<Result<StreamPage>> read_stream(std::string stream, StreamStart from, ReadDirection direction,
                                       std::uint64_t count) override {
    Task<Result<StreamPage>> reading = client_->read_stream(std::move(stream), from, direction, count);
    return timed_read(std::move(reading));
  }
  Task<Result<AllPage>> read_all(AllStart from, ReadDirection direction, std::uint64_t count) override {
    Task<Result<AllPage>> reading = client_->read_all(from, direction, count);
    return timed_read(std::move(reading));
  }

  Task<Result<void>> delete_stream(std::string stream, ExpectedRevision expected) override {
    return client_->delete_stream(std::move(stream), expected);
  }
  Task<Result<void>> tombstone_stream(std::string stream, ExpectedRevision expected) override {
    return client_->tombstone_stream(std::move(stream), expected);
  }
  Task<Result<ServerInfo>> server_info() override { return client_->server_info(); }
  std::string display() const override { return client_->display(); }
  void close() override { client_->close(); }

 private:
  template <class Page>
  Task<Result<Page>> timed_read(Task<Result<Page>> reading) {
    const InFlightCall call(in_flight_);
    const TimePoint begun = clock_.now();
    Result<Page> page = co_await std::move(reading);
    reads_.observe(microseconds_since(begun));
    if (page.has_error()) count(page.error());
    co_return page;
  }

  std::uint64_t microseconds_since(TimePoint begun) const {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(clock_.now() - begun).count());
  }
  // Looked up each time: errors are rare, and their callers are on many threads.
  Counter& errors(Errc code) {
    return metrics_.counter("weir_eventstoredb_call_errors_total",
                            {{"class", std::string(to_string(code))}, {"connection", connection_}});
  }
  void count(const Error& error) { errors(error.code()).add(); }

  const std::shared_ptr<StoreClient> client_;
  Clock& clock_;
  Metrics& metrics_;
  const std::string connection_;
  Counter& events_;
  Histogram& appends_;
  Histogram& reads_;
  Gauge& in_flight_;
};

}  // namespace

std::shared_ptr<StoreClient> make_metered_client(std::shared_ptr<StoreClient> client, Clock& clock, Metrics& metrics,
                                                 std::string connection) {
  return std::make_shared<MeteredClient>(std::move(client), clock, metrics, std::move(connection));
}

}  // namespace weir::connectors::eventstoredb
