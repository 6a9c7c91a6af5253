// Produces the records of JSON Lines files, in order.
#pragma once

#include "cli/kafka/feed_lines.hpp"
#include "connectors/kafka/client.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <map>
#include <string>
#include <utility>

namespace weir::cli {

// What became of the lines.
struct FeedReport {
  std::uint64_t delivered = 0;
  std::uint64_t refused = 0;  // lines that are no record, or that the broker can never take
  bool stopped = false;       // the broker failed: nothing after it was sent, order matters
  // Where somebody asked to stop: the first record that was not
  // sent, as "file:line"; empty: all that was read was sent.
  std::string interrupted_at;
  std::uint64_t unanswered = 0;  // given up at the second stop: written or not, nobody knows
  std::string first_unanswered;  // the first of them
};

// Reads, sends, and counts what was delivered. What is under way is bounded.
//
// Lifetime: feed() for each file, then finish(); the producer is open and outlives it. Executor: the calling thread
// runs `io`. Cancellation: stop_by(). Errors: per line, told to `complain` as "file:line: what".
class Feeder {
 public:
  using Complain = std::function<void(const std::string& what)>;
  using ParseLine = std::function<Result<FeedRecord>(std::string_view line)>;
  Feeder(connectors::kafka::ProducerClient& producer, boost::asio::io_context& io, Complain complain,
         ParseLine parse = &parse_feed_line)
      : producer_(producer), io_(io), complain_(std::move(complain)), parse_(std::move(parse)) {}

  // Told after every line and every answer, for a display.
  void on_progress(std::function<void(const FeedReport&)> tell) { progress_ = std::move(tell); }

  // `stops` says how often somebody has asked to stop so far. It is asked several times a second while answers are
  // waited for. From the first on nothing more is sent; at the second, what is still out is given up.
  void stop_by(std::function<unsigned()> stops) { stops_ = std::move(stops); }

  // Told once, when answers are waited for and none has come for kSilence: how many, and the place of the first record
  // that waits for one.
  void on_silence(std::function<void(std::size_t waiting, const std::string& first)> tell) {
    silence_ = std::move(tell);
  }

  void feed(std::istream& in, const std::string& file);
  // Waits until every record has been answered for, or given up. After that `io` is not run any more.
  const FeedReport& finish();

 private:
  static constexpr std::chrono::seconds kSilence{3};
  static constexpr std::size_t kMostInFlight = 10'000;
  static constexpr std::size_t kMostBytesInFlight = std::size_t{32} << 20;

  void send(FeedRecord record, std::string place);
  void settle(const Result<Offset>& result, std::uint64_t number, std::size_t bytes);
  // False: it was ended by more stops than are `borne`.
  bool wait_until(std::size_t records, std::size_t bytes, unsigned borne);
  void refuse(const std::string& place, const Error& error);

  connectors::kafka::ProducerClient& producer_;
  boost::asio::io_context& io_;
  Complain complain_;
  ParseLine parse_;
  std::function<void(const FeedReport&)> progress_;
  std::function<unsigned()> stops_;
  std::function<void(std::size_t, const std::string&)> silence_;
  FeedReport report_;
  std::uint64_t sent_ = 0;
  std::uint64_t answers_ = 0;
  std::map<std::uint64_t, std::string> in_flight_;  // number of the record → its place
  std::size_t bytes_in_flight_ = 0;
};

}  // namespace weir::cli
