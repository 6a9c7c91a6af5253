// The producer's bridge: one thread serves librdkafka's delivery
// reports and hands them to the executors that wait for them.
#include "connectors/kafka/producer_librdkafka.hpp"

#include "connectors/kafka/client_librdkafka.hpp"
#include "connectors/kafka/delivery_waits.hpp"
#include "connectors/kafka/rdkafka_conf.hpp"
#include "pipeline/base/log.hpp"

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace weir::connectors::kafka {

namespace {

constexpr int kPollMs = 100;
// Of a client that is done for: how long its reports are waited for, and how long it stays at least, because the next
// one may be refused like it.
constexpr int kReplaceFlushMs = 2000;
constexpr int kReplacePauseMs = 500;
constexpr auto kStartAgainAfter = std::chrono::seconds(1);  // when the next one could not be made

// Whether librdkafka has called an error fatal: the client writes nothing any more. Neither its events nor what it says
// to a record tell that by their code, which is that of the cause.
bool is_done_for(rd_kafka_t* client) {
  return rd_kafka_fatal_error(client, nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR;
}

// A record for which librdkafka's queue had no room, kept until it has. What is kept is bounded by what the callers
// have in flight.
struct Kept {
  std::string topic;
  std::optional<std::string> payload;
  std::optional<std::string> key;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
  std::int64_t timestamp_ms;
  Partition partition;
  std::unique_ptr<DeliveryWait> wait;
};

std::optional<std::string> copy_of(std::string_view text) {
  if (text.data() == nullptr) return std::nullopt;
  return std::string(text);
}

std::string_view view_of(const std::optional<std::string>& text) {
  return text.has_value() ? std::string_view(*text) : std::string_view();
}

class LibrdkafkaProducer final : public ProducerClient {
 public:
  LibrdkafkaProducer(ProducerSettings settings, StartProducer start)
      : settings_(std::move(settings)), start_(std::move(start)) {}
  ~LibrdkafkaProducer() override { close(Duration::zero()); }

  Result<void> open() override;
  void produce(const OutRecord& record, const Executor& executor, DeliveryHandler done) override;
  void close(Duration limit) override;

 private:
  Result<void> start();
  void serve();
  void serve_event(rd_kafka_event_t* event);
  void send_kept();
  void replace_client();
  void start_again();
  // False: no room, and `wait` is still ours.
  bool send(const OutRecord& record, std::unique_ptr<DeliveryWait>& wait);
  void report(const rd_kafka_message_t& message);
  Error error_of(const rd_kafka_message_t& message) const;
  void fail_kept(const Error& error);

  const ProducerSettings settings_;
  const StartProducer start_;
  DeliveryWaits waits_;
  rdkafka::Client client_;
  rdkafka::Queue queue_;
  std::thread thread_;
  std::atomic<bool> stopping_{false};
  std::condition_variable stop_asked_;
  std::mutex mutex_;  // for the two below, and the client against replace_client()
  std::deque<Kept> kept_;
  bool closed_ = true;
  std::string last_trouble_;  // serving thread only
  const SystemClock clock_;
  log::Limiter limiter_;
};

Result<void> LibrdkafkaProducer::open() {
  const std::lock_guard lock(mutex_);
  if (!closed_) return Result<void>();
  Result<void> started = start();
  if (started.has_error()) return started;
  closed_ = false;
  thread_ = std::thread([this] { serve(); });
  return Result<void>();
}

Result<void> LibrdkafkaProducer::start() {
  Result<rdkafka::Client> client = start_(settings_);
  if (client.has_error()) return client.error();
  client_ = std::move(*client);
  queue_.reset(rd_kafka_queue_get_main(client_.get()));
  return Result<void>();
}

void LibrdkafkaProducer::produce(const OutRecord& record, const Executor& executor, DeliveryHandler done) {
  auto wait = std::make_unique<DeliveryWait>();
  wait->executor = executor;
  wait->done = std::move(done);
  const std::lock_guard lock(mutex_);
  if (closed_) {
    tell(std::move(wait), Error(Errc::unavailable, "the Kafka producer is closed"));
    return;
  }
  if (kept_.empty() && client_ != nullptr && send(record, wait)) return;
  Kept kept{std::string(record.topic), copy_of(record.payload), copy_of(record.key), {},
            record.timestamp_ms,       record.partition,        std::move(wait)};
  for (const Header& header : record.headers)
    kept.headers.emplace_back(std::string(header.name), copy_of(header.value));
  kept_.push_back(std::move(kept));
}

bool LibrdkafkaProducer::send(const OutRecord& record, std::unique_ptr<DeliveryWait>& wait) {
  const std::string topic(record.topic);
  rdkafka::Headers headers(record.headers.empty() ? nullptr : rd_kafka_headers_new(record.headers.size()));
  for (const Header& header : record.headers) {
    rd_kafka_header_add(headers.get(), header.name.data(), static_cast<ssize_t>(header.name.size()),
                        header.value.data(), static_cast<ssize_t>(header.value.size()));
  }
  // librdkafka takes the pointers as non-const but, told to copy, leaves the bytes alone.
  void* const payload = const_cast<char*>(record.payload.data());
  void* const key = const_cast<char*>(record.key.data());
  const std::int64_t timestamp = record.timestamp_ms < 0 ? 0 : record.timestamp_ms;  // 0: now
  DeliveryWait* const sent = waits_.add(std::move(wait));
  const std::array fields{
      rd_kafka_vu_t{.vtype = RD_KAFKA_VTYPE_TOPIC, .u = {.cstr = topic.c_str()}},
      rd_kafka_vu_t{.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u = {.i = RD_KAFKA_MSG_F_COPY}},
      rd_kafka_vu_t{.vtype = RD_KAFKA_VTYPE_VALUE, .u = {.mem = {payload, record.payload.size()}}},
      rd_kafka_vu_t{.vtype = RD_KAFKA_VTYPE_KEY, .u = {.mem = {key, record.key.size()}}},
      rd_kafka_vu_t{.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u = {.i64 = timestamp}},
      rd_kafka_vu_t{.vtype = RD_KAFKA_VTYPE_PARTITION, .u = {.i32 = record.partition}},
      rd_kafka_vu_t{.vtype = RD_KAFKA_VTYPE_OPAQUE, .u = {.ptr = sent}},
      rd_kafka_vu_t{.vtype = RD_KAFKA_VTYPE_HEADERS, .u = {.headers = headers.get()}},  // left out where there are none
  };
  const std::size_t count = headers == nullptr ? fields.size() - 1 : fields.size();
  const rdkafka::KafkaError failure(rd_kafka_produceva(client_.get(), fields.data(), count));
  const rd_kafka_resp_err_t code = rd_kafka_error_code(failure.get());
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    [[maybe_unused]] rd_kafka_headers_t* const owned_by_record = headers.release();
    return true;
  }
  wait = waits_.take(sent);
  // No room now, or the client must be replaced first: kept either way.
  if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL || is_done_for(client_.get())) return false;
  Error error = rdkafka::to_error(code, nullptr, settings_.cluster.brokers);
  tell(std::move(wait), error.with_context("topic '" + topic + "'"));
  return true;
}

void LibrdkafkaProducer::serve() {
  while (!stopping_.load(std::memory_order_acquire)) {
    if (client_ == nullptr) {
      start_again();
      continue;
    }
    const rdkafka::Event event(rd_kafka_queue_poll(queue_.get(), kPollMs));
    if (event != nullptr) serve_event(event.get());
    if (is_done_for(client_.get())) {
      replace_client();
    } else {
      send_kept();
    }
  }
}

void LibrdkafkaProducer::serve_event(rd_kafka_event_t* event) {
  if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_DR) {
    while (const rd_kafka_message_t* message = rd_kafka_event_message_next(event)) report(*message);
    return;
  }
  if (rd_kafka_event_type(event) != RD_KAFKA_EVENT_ERROR) return;
  const rd_kafka_resp_err_t code = rd_kafka_event_error(event);
  const Error error = rdkafka::to_error(code, rd_kafka_event_error_string(event), settings_.cluster.brokers);
  last_trouble_ = error.message();
  log::debug("the Kafka producer has trouble", {{"component", "kafka"}, {"error", error.message()}});
}

void LibrdkafkaProducer::report(const rd_kafka_message_t& message) {
  std::unique_ptr<DeliveryWait> wait = waits_.take(static_cast<DeliveryWait*>(message._private));
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    last_trouble_.clear();
    tell(std::move(wait), message.offset);
    return;
  }
  tell(std::move(wait), error_of(message));
}

// Whether the record may have been written decides how it is
// sent again, so librdkafka's own knowledge of that comes first.
Error LibrdkafkaProducer::error_of(const rd_kafka_message_t& message) const {
  const Error error = rdkafka::to_error(message.err, nullptr, settings_.cluster.brokers);
  const bool maybe_written = rd_kafka_message_status(&message) == RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED;
  const Errc code = maybe_written && !error.is_data_error() ? Errc::unknown_outcome : error.code();
  std::string text = "topic '";
  text.append(message.rkt == nullptr ? "" : rd_kafka_topic_name(message.rkt)).append("': ").append(error.message());
  if (!last_trouble_.empty()) text.append("; before that: ").append(last_trouble_);
  return Error(code, std::move(text));
}

void LibrdkafkaProducer::send_kept() {
  const std::lock_guard lock(mutex_);
  while (!kept_.empty()) {
    Kept& kept = kept_.front();
    std::vector<Header> headers;
    for (const auto& [name, value] : kept.headers) headers.push_back(Header{name, view_of(value)});
    OutRecord record{kept.topic, view_of(kept.payload), view_of(kept.key), headers, kept.timestamp_ms, kept.partition};
    if (!send(record, kept.wait)) return;
    kept_.pop_front();
  }
}

// After a fatal error of the idempotent producer nothing can be written by this client any more.
void LibrdkafkaProducer::replace_client() {
  rdkafka::Client old;
  {
    const std::lock_guard lock(mutex_);
    old = std::move(client_);  // produce() keeps its records meanwhile
  }
  rd_kafka_purge(old.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  const auto limit = [&] {
    return rd_kafka_outq_len(old.get()) > 0 ? kReplaceFlushMs : kReplacePauseMs;
  };
  for (int waited = 0; waited < limit();) {
    const rdkafka::Event event(rd_kafka_queue_poll(queue_.get(), kPollMs));
    if (event != nullptr) {
      serve_event(event.get());
    } else {
      waited += kPollMs;
    }
  }
  queue_.reset();
  old.reset();
  waits_.tell_all(Error(Errc::unknown_outcome, "the Kafka producer was made anew, and no report of the record came"));
}

// The same settings made one before: if none can be had, the system is out of something, and may have it again later.
// Whoever waits for a record is told, and sends it again.
void LibrdkafkaProducer::start_again() {
  std::unique_lock lock(mutex_);
  const Result<void> started = start();
  if (started.has_value()) return;
  std::uint64_t held = 0;
  if (limiter_.allow(to_milliseconds(clock_.now()), &held))
    log::error("the Kafka producer cannot be made anew; trying again", {{"error", started.error().message()}});
  fail_kept(Error(Errc::unavailable, started.error().message()));
  stop_asked_.wait_for(lock, kStartAgainAfter, [this] { return stopping_.load(std::memory_order_acquire); });
}

void LibrdkafkaProducer::fail_kept(const Error& error) {
  for (Kept& kept : kept_) tell(std::move(kept.wait), error);
  kept_.clear();
}

void LibrdkafkaProducer::close(Duration limit) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    closed_ = true;
    stopping_.store(true, std::memory_order_release);
  }
  stop_asked_.notify_all();
  thread_.join();
  stopping_.store(false, std::memory_order_release);
  if (client_ == nullptr) {
    const std::lock_guard lock(mutex_);
    return fail_kept(Error(Errc::unavailable, "the Kafka producer was closed before the record was sent"));
  }
  std::int64_t left_ms = std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
  while (rd_kafka_outq_len(client_.get()) > 0 && left_ms > 0) {
    const rdkafka::Event event(rd_kafka_queue_poll(queue_.get(), kPollMs));
    if (event != nullptr) {
      serve_event(event.get());
    } else {
      left_ms -= kPollMs;  // only silence counts: reports that come are progress
    }
    send_kept();
  }
  {
    const std::lock_guard lock(mutex_);
    fail_kept(Error(Errc::unavailable, "the Kafka producer was closed before the record was sent"));
  }
  rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  while (rd_kafka_outq_len(client_.get()) > 0) {
    const rdkafka::Event event(rd_kafka_queue_poll(queue_.get(), kPollMs));
    if (event == nullptr) break;
    serve_event(event.get());
  }
  queue_.reset();
  client_.reset();
  waits_.tell_all(Error(Errc::unknown_outcome, "the Kafka producer was closed, and no report of the record came"));
}

Result<rdkafka::Client> start_producer(const ProducerSettings& settings) {
  Result<rdkafka::Conf> conf = rdkafka::producer_conf(settings);
  if (conf.has_error()) return conf.error();
  return rdkafka::make_client(RD_KAFKA_PRODUCER, std::move(*conf), settings.cluster.brokers);
}

}  // namespace

std::shared_ptr<ProducerClient> make_librdkafka_producer(ProducerSettings settings) {
  return make_librdkafka_producer(std::move(settings), &start_producer);
}

std::shared_ptr<ProducerClient> make_librdkafka_producer(ProducerSettings settings, StartProducer start) {
  return std::make_shared<LibrdkafkaProducer>(std::move(settings), std::move(start));
}

}  // namespace weir::connectors::kafka
