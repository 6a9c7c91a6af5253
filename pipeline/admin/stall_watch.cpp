#include "pipeline/admin/stall_watch.hpp"

namespace weir::admin {

namespace {

bool has_records_left(const PartitionStatus& partition) {
  if (!partition.assigned) return false;
  // Where nothing was ever read, the watermark is not known, but that there is something to read is.
  if (partition.watermark < 0) return partition.end > 0;
  return partition.unsettled > 0 || partition.lag().value_or(0) > 0;
}

}  // namespace

void StallWatch::look(const Summary& summary, TimePoint now) {
  std::map<Key, Standing> before = std::exchange(known_, {});
  stalled_.clear();
  for (const PipelineSummary& pipeline : summary.pipelines) {
    for (const PartitionStatus& partition : pipeline.partitions) {
      if (!has_records_left(partition)) continue;
      const Key key(pipeline.name, partition.id);
      const auto last = before.find(key);
      const bool stands = last != before.end() && last->second.watermark == partition.watermark;
      const TimePoint since = stands ? last->second.since : now;
      const TimePoint counts_from = stands && !pipeline.paused_by_request ? last->second.counts_from : now;
      known_[key] = Standing{partition.watermark, since, now - since, counts_from};
      const Duration counted = now - counts_from;
      if (pipeline.paused_by_request || counted < patience_) continue;
      stalled_.push_back({pipeline.name, partition.id, partition.lane, partition.watermark, partition.lag(), counted});
    }
  }
}

Duration StallWatch::standing(const std::string& pipeline, const TopicPartition& id) const {
  const auto found = known_.find(Key(pipeline, id));
  return found == known_.end() ? Duration::zero() : found->second.lasting;
}

}  // namespace weir::admin
