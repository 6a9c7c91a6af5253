#include "cli/kafka/topic_reading.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace weir::cli {

namespace {

using connectors::kafka::ReadResult;
using connectors::kafka::ReadStart;
using connectors::kafka::RecordReader;
using connectors::kafka::StoredRecord;

constexpr Duration kStep = std::chrono::milliseconds(100);

auto age_key(const StoredRecord& record) {
  return std::tuple(record.timestamp_ms, record.partition, record.offset);
}

bool is_newer(const StoredRecord& a, const StoredRecord& b) {
  return age_key(a) > age_key(b);
}

// Keeps the newest few of any number of records.
class Newest {
 public:
  explicit Newest(std::uint64_t count) : count_(static_cast<std::size_t>(count)) {}

  void add(const StoredRecord& record) {
    records_.push_back(record);
    if (records_.size() >= 2 * count_ + 1000) prune();
  }
  std::vector<StoredRecord> take() {
    prune();
    std::ranges::sort(records_, {}, &age_key);
    return std::move(records_);
  }

 private:
  void prune() {
    if (records_.size() <= count_) return;
    const auto end_of_kept = records_.begin() + static_cast<std::ptrdiff_t>(count_);
    std::ranges::nth_element(records_, end_of_kept, is_newer);
    records_.erase(end_of_kept, records_.end());
  }

  const std::size_t count_;
  std::vector<StoredRecord> records_;
};

// How far a partition has been read backwards.
struct Backwards {
  PartitionSpan span;
  Offset unread;  // everything from here on was read
  std::uint64_t found = 0;
};

}  // namespace

Offset begin_in(const PartitionSpan& span, const TailStart& from) {
  switch (from.from) {
    case TailStart::From::start:
      return span.begin;
    case TailStart::From::end:
      return span.end;
    case TailStart::From::offset:
      return std::clamp(from.number, span.begin, span.end);
    case TailStart::From::before_end:
      return from.number >= span.end - span.begin ? span.begin : span.end - from.number;
  }
  return span.begin;
}

Result<bool> read_spans(RecordReader& reader, const std::vector<PartitionSpan>& spans, const ReadingCare& care,
                        const TakeRecord& take) {
  std::map<Partition, Offset> ends;
  std::vector<ReadStart> starts;
  for (const PartitionSpan& span : spans) {
    if (span.begin >= span.end) continue;
    ends.emplace(span.partition, span.end);
    starts.push_back({span.partition, span.begin});
  }
  if (starts.empty()) return true;
  if (Result<void> started = reader.start(starts); !started) return started.error();
  for (TimePoint last = care.clock.now(); !ends.empty();) {
    const Result<ReadResult> step = reader.read(kStep);
    if (!step) return step.error();
    for (const StoredRecord& record : step->records) {
      const auto end = ends.find(record.partition);
      if (end == ends.end()) continue;
      const bool beyond = record.offset >= end->second;
      if (!beyond && !take(record)) return false;
      if (record.offset >= end->second - 1) ends.erase(end);
    }
    for (const Partition partition : step->at_end) ends.erase(partition);
    if (!care.go_on()) return ends.empty();
    const TimePoint now = care.clock.now();
    if (!step->records.empty() || !step->at_end.empty()) last = now;
    if (now - last >= care.patience)
      return Error(Errc::unavailable, "the broker brings no more records, though partition " +
                                          std::to_string(ends.begin()->first) + " has not been read to its end");
  }
  return true;
}

Result<std::vector<StoredRecord>> read_newest(RecordReader& reader, const std::vector<PartitionSpan>& spans,
                                              std::uint64_t count, const ReadingCare& care, const TakeRecord& wanted) {
  constexpr std::uint64_t kShortest = 64;
  constexpr std::uint64_t kLongest = 1'000'000'000;
  Newest newest(count);
  std::map<Partition, Backwards> all;
  for (const PartitionSpan& span : spans) all.emplace(span.partition, Backwards{span, span.end});
  for (std::uint64_t length = std::max(count, kShortest); count > 0; length = std::min(length * 4, kLongest)) {
    std::vector<PartitionSpan> stretch;
    for (auto& [partition, state] : all) {
      if (state.found >= count || state.unread <= state.span.begin) continue;
      const Offset begin = std::max(state.span.begin, state.unread - static_cast<Offset>(std::min(length, kLongest)));
      stretch.push_back({partition, begin, state.unread});
      state.unread = begin;
    }
    if (stretch.empty()) break;
    const TakeRecord collect = [&](const StoredRecord& record) {
      if (!wanted(record)) return true;
      ++all.at(record.partition).found;
      newest.add(record);
      return true;
    };
    const Result<bool> whole = read_spans(reader, stretch, care, collect);
    if (!whole) return whole.error();
    if (!*whole) break;
  }
  return newest.take();
}

Result<void> follow_topic(RecordReader& reader, const std::vector<ReadStart>& starts, const ReadingCare& care,
                          const TakeRecord& take) {
  if (Result<void> started = reader.start(starts); !started) return started.error();
  while (true) {
    const Result<ReadResult> step = reader.read(kStep);
    if (!step) return step.error();
    for (const StoredRecord& record : step->records) {
      if (!take(record)) return Result<void>();
    }
    if (!care.go_on()) return Result<void>();
  }
}

}  // namespace weir::cli
