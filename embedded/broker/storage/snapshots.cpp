#include "embedded/broker/storage/snapshots.hpp"

#include "embedded/broker/storage/checked_file.hpp"
#include "embedded/broker/storage/segment.hpp"

#include <algorithm>
#include <vector>

namespace weir::embedded::broker::storage {
namespace {

constexpr std::string_view kSnapshotExtension = ".snap";
constexpr std::size_t kSnapshotsKept = 2;

// Newest first.
Result<std::vector<Offset>> list_snapshots(FileSystem& files, const std::filesystem::path& directory) {
  const Result<std::vector<std::string>> names = files.list(directory);
  if (!names) return names.error();
  std::vector<Offset> offsets;
  for (const std::string& name : *names) {
    if (const auto offset = parse_segment_file_name(name, kSnapshotExtension)) offsets.push_back(*offset);
  }
  std::ranges::reverse(offsets);
  return offsets;
}

}  // namespace

Result<void> write_snapshot(FileSystem& files, const std::filesystem::path& directory, Offset end,
                            const ProducerStates& states) {
  return write_checked(files, directory / segment_file_name(end, kSnapshotExtension), states.encode(end));
}

Result<ProducerStates::Snapshot> read_newest_snapshot(FileSystem& files, const std::filesystem::path& directory,
                                                      Offset least, Offset most) {
  const Result<std::vector<Offset>> offsets = list_snapshots(files, directory);
  if (!offsets) return offsets.error();
  for (const Offset offset : *offsets) {
    if (offset > most) continue;
    if (offset < least) break;
    const Result<std::optional<std::string>> bytes =
        read_checked(files, directory / segment_file_name(offset, kSnapshotExtension));
    if (!bytes) return bytes.error();
    if (!*bytes) continue;
    std::optional<ProducerStates::Snapshot> snapshot = ProducerStates::decode(**bytes);
    if (snapshot && snapshot->end == offset) return std::move(*snapshot);
  }
  ProducerStates::Snapshot none;
  none.end = least;
  return none;
}

Result<void> prune_snapshots(FileSystem& files, const std::filesystem::path& directory, Offset end) {
  const Result<std::vector<Offset>> offsets = list_snapshots(files, directory);
  if (!offsets) return offsets.error();
  std::size_t kept = 0;
  for (const Offset offset : *offsets) {
    if (offset <= end && kept++ < kSnapshotsKept) continue;
    const Result<void> removed = files.remove(directory / segment_file_name(offset, kSnapshotExtension));
    if (!removed) return removed;
  }
  return {};
}

}  // namespace weir::embedded::broker::storage
