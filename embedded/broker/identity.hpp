// Identity: what a data directory knows about the broker that it belongs to.
#pragma once

#include "embedded/broker/storage/file.hpp"

#include <cstdint>
#include <string>

namespace weir::embedded::broker {

// Kept in <data>/meta/broker and leader-epoch. The leader epoch grows at every
// start that does not follow a stop in order, so that clients can tell what a crash
// of the machine took back (KIP-101); a stop in order leaves <data>/meta/stopped.
struct Identity {
  std::string cluster_id;  // 22 characters, as Kafka's
  std::int32_t leader_epoch = 0;
  bool clean = false;  // the last stop was in order, or this is the first start
};

// Reads it, or makes it; from now on the directory counts as in use until mark_stopped(). Errors: Errc::corrupt for a
// file that is none of ours, Errc::io.
// `repair`: logs may be cut, so that this start counts as one after a crash.
Result<Identity> open_identity(storage::FileSystem& files, const std::filesystem::path& data_dir, bool repair = false);
// After everything else has been closed in order.
Result<void> mark_stopped(storage::FileSystem& files, const std::filesystem::path& data_dir);

}  // namespace weir::embedded::broker
