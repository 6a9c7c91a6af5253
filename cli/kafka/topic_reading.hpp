// What `weir topics tail` reads: the newest records of a topic, a stretch of it, or what comes.
#pragma once

#include "cli/arguments/kafka_specs.hpp"
#include "connectors/kafka/record_reader.hpp"

#include <functional>
#include <vector>

namespace weir::cli {

// The offsets begin … end - 1 of a partition.
struct PartitionSpan {
  Partition partition = 0;
  Offset begin = 0;
  Offset end = 0;
};

// Takes a record; false ends the reading.
using TakeRecord = std::function<bool(const connectors::kafka::StoredRecord&)>;

// How a reading is watched over. `go_on` is asked after every step, several times a second; false ends the reading.
struct ReadingCare {
  const Clock& clock;
  Duration patience;  // without any progress: an error
  std::function<bool()> go_on;
};

// Where reading begins in a span.
Offset begin_in(const PartitionSpan& span, const TailStart& from);

// Hands over every record of the spans, each partition's in order. Returns false when it was ended before their ends.
// unavailable: nothing came for so long.
Result<bool> read_spans(connectors::kafka::RecordReader& reader, const std::vector<PartitionSpan>& spans,
                        const ReadingCare& care, const TakeRecord& take);

// The newest `count` records among those that `wanted` accepts, oldest first. Reads from the ends backwards, in
// stretches that grow until there are enough: compacted topics, transactions and `wanted` make holes.
Result<std::vector<connectors::kafka::StoredRecord>> read_newest(connectors::kafka::RecordReader& reader,
                                                                 const std::vector<PartitionSpan>& spans,
                                                                 std::uint64_t count, const ReadingCare& care,
                                                                 const TakeRecord& wanted);

// Hands over what stands from there on and what comes, until
// `take` or `go_on` ends it. A broker that is away is waited for.
Result<void> follow_topic(connectors::kafka::RecordReader& reader,
                          const std::vector<connectors::kafka::ReadStart>& starts, const ReadingCare& care,
                          const TakeRecord& take);

}  // namespace weir::cli
