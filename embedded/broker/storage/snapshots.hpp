// Snapshots of the producer states, so that a start need not read the headers of all batches: <offset>.snap.
#pragma once

#include "embedded/broker/storage/file.hpp"
#include "embedded/broker/storage/producer_state.hpp"

namespace weir::embedded::broker::storage {

// Not synced: a snapshot that is lost or torn costs the next start some reading.
Result<void> write_snapshot(FileSystem& files, const std::filesystem::path& directory, Offset end,
                            const ProducerStates& states);
// The newest readable one within [least, most]; without any, no states as of `least`. `least` is where the log's files
// begin: a snapshot of before that misses batches that nobody can read any more, and a wrong state is worse than none.
Result<ProducerStates::Snapshot> read_newest_snapshot(FileSystem& files, const std::filesystem::path& directory,
                                                      Offset least, Offset most);
// Removes those above `end` (what they describe was cut off) and all but the newest two.
Result<void> prune_snapshots(FileSystem& files, const std::filesystem::path& directory, Offset end);

}  // namespace weir::embedded::broker::storage
