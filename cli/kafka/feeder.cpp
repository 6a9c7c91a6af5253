#include "cli/kafka/feeder.hpp"

#include <boost/asio/executor_work_guard.hpp>

#include <chrono>
#include <istream>
#include <utility>

namespace weir::cli {

namespace {

constexpr std::string_view kBlank = " \t\r";

// Views into a record; `storage` and the record outlive the call that takes them. Kafka's null is a view without data.
connectors::kafka::OutRecord to_out_record(const FeedRecord& record, std::vector<Header>& storage) {
  const auto view = [](const std::optional<std::string>& text) {
    return text ? std::string_view(*text) : std::string_view();
  };
  for (const auto& [name, value] : record.headers) storage.push_back({name, view(value)});
  return {.topic = record.topic,
          .payload = view(record.value),
          .key = view(record.key),
          .headers = storage,
          .timestamp_ms = record.timestamp_ms.value_or(-1),
          .partition = record.partition.value_or(connectors::kafka::kAnyPartition)};
}

std::size_t size_of(const FeedRecord& record) {
  constexpr std::size_t kOverhead = 100;
  std::size_t size = kOverhead + record.topic.size();
  if (record.key) size += record.key->size();
  if (record.value) size += record.value->size();
  for (const auto& [name, value] : record.headers) size += name.size() + (value ? value->size() : 0);
  return size;
}

}  // namespace

void Feeder::feed(std::istream& in, const std::string& file) {
  LineReader lines(in);
  for (std::uint64_t number = 1; !report_.stopped && report_.interrupted_at.empty(); ++number) {
    const std::string place = file + ":" + std::to_string(number);
    Result<std::optional<std::string>> line = lines.next();
    if (!line) {
      refuse(place, line.error());
      continue;
    }
    if (!line->has_value()) return;
    if ((*line)->find_first_not_of(kBlank) == std::string::npos) continue;
    Result<FeedRecord> record = parse_(**line);
    if (!record) {
      refuse(place, record.error());
      continue;
    }
    send(std::move(*record), place);
    if (progress_) progress_(report_);
  }
}

const FeedReport& Feeder::finish() {
  if (!wait_until(0, 0, 1)) {
    report_.unanswered = in_flight_.size();
    report_.first_unanswered = in_flight_.begin()->second;
  }
  return report_;
}

void Feeder::send(FeedRecord record, std::string place) {
  const std::size_t bytes = size_of(record);
  // A record larger than the bound goes alone.
  if (!wait_until(kMostInFlight - 1, kMostBytesInFlight - std::min(bytes, kMostBytesInFlight), 0)) {
    report_.interrupted_at = std::move(place);
    return;
  }
  if (report_.stopped) return;
  const std::uint64_t number = sent_++;
  in_flight_.emplace_hint(in_flight_.end(), number, std::move(place));
  bytes_in_flight_ += bytes;
  std::vector<Header> headers;
  const connectors::kafka::OutRecord out = to_out_record(record, headers);
  producer_.produce(out, io_.get_executor(),
                    [this, number, bytes](Result<Offset> result) { settle(result, number, bytes); });
}

void Feeder::settle(const Result<Offset>& result, std::uint64_t number, std::size_t bytes) {
  const std::string place = std::move(in_flight_.extract(number).mapped());
  bytes_in_flight_ -= bytes;
  if (result) {
    ++report_.delivered;
  } else if (result.error().is_data_error()) {
    refuse(place, result.error());
  } else if (!report_.stopped) {
    report_.stopped = true;
    complain_(place + ": " + result.error().message());
  }
  if (progress_) progress_(report_);
}

bool Feeder::wait_until(std::size_t records, std::size_t bytes, unsigned borne) {
  constexpr std::chrono::milliseconds kLookForStops(100);
  constexpr std::uint64_t kAnswersBetweenLooks = 128;  // looking costs a call to the system
  const auto guard = boost::asio::make_work_guard(io_);
  io_.restart();
  io_.poll();
  const auto enough = [&] {
    return in_flight_.size() <= records && bytes_in_flight_ <= bytes;
  };
  std::chrono::milliseconds silent{0};
  while (!enough()) {
    const bool silence = io_.run_one_for(kLookForStops) == 0;
    silent = silence ? silent + kLookForStops : std::chrono::milliseconds(0);
    if (silent >= kSilence && silence_) std::exchange(silence_, nullptr)(in_flight_.size(), in_flight_.begin()->second);
    const bool time_to_look = silence || ++answers_ % kAnswersBetweenLooks == 0;
    if (time_to_look && !enough() && stops_ && stops_() > borne) return false;
  }
  return true;
}

void Feeder::refuse(const std::string& place, const Error& error) {
  ++report_.refused;
  complain_(place + ": " + error.message());
}

}  // namespace weir::cli
