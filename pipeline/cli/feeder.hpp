// Produces the records of JSON Lines files, in order.
#pragma once

#include "connectors/kafka/client.hpp"
#include "pipeline/cli/feed_lines.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>

namespace weir::cli {

// What became of the lines.
struct FeedReport {
  std::uint64_t delivered = 0;
  std::uint64_t refused = 0;  // lines that are no record, or that the broker can never take
  bool stopped = false;       // the broker failed: nothing after it was sent, order matters
};

// Reads, sends, and counts what was delivered. What is under way is bounded.
//
// Lifetime: feed() for each file, then finish(); the producer is open and outlives it. Executor: the calling thread
// runs `io`. Cancellation: none. Errors: per line, told to `complain` as "file:line: what".
class Feeder {
 public:
  using Complain = std::function<void(const std::string& what)>;
  using ParseLine = std::function<Result<FeedRecord>(std::string_view line)>;
  Feeder(connectors::kafka::ProducerClient& producer, boost::asio::io_context& io, Complain complain,
         ParseLine parse = &parse_feed_line)
      : producer_(producer), io_(io), complain_(std::move(complain)), parse_(std::move(parse)) {}

  // Told after every line and every answer, for a display.
  void on_progress(std::function<void(const FeedReport&)> tell) { progress_ = std::move(tell); }

  void feed(std::istream& in, const std::string& file);
  // Waits until every record has been answered for.
  const FeedReport& finish();

 private:
  static constexpr std::size_t kMostInFlight = 10'000;
  static constexpr std::size_t kMostBytesInFlight = std::size_t{32} << 20;

  void send(FeedRecord record, std::string place);
  void settle(const Result<Offset>& result, const std::string& place, std::size_t bytes);
  void wait_until(std::size_t records, std::size_t bytes);
  void refuse(const std::string& place, const Error& error);

  connectors::kafka::ProducerClient& producer_;
  boost::asio::io_context& io_;
  Complain complain_;
  ParseLine parse_;
  std::function<void(const FeedReport&)> progress_;
  FeedReport report_;
  std::size_t in_flight_ = 0;
  std::size_t bytes_in_flight_ = 0;
};

}  // namespace weir::cli
