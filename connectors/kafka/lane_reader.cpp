#include "connectors/kafka/lane_reader.hpp"

#include <algorithm>

namespace weir::connectors::kafka {

void LaneReader::add(std::shared_ptr<PartitionLedger> ledger) {
  const std::lock_guard lock(mutex_);
  last_entry_ = nullptr;
  entries_.push_back(Entry{std::move(ledger)});
}

void LaneReader::hold_back(const TopicPartition& id) {
  const std::lock_guard lock(mutex_);
  if (Entry* entry = entry_of(id.topic, id.partition)) entry->held_back = true;
}

void LaneReader::remove(const TopicPartition& id) {
  const std::lock_guard lock(mutex_);
  last_entry_ = nullptr;
  std::erase_if(entries_, [&id](const Entry& entry) { return entry.ledger->id() == id; });
}

void LaneReader::block(const TopicPartition& id, Error why) {
  const std::lock_guard lock(mutex_);
  Entry* const entry = entry_of(id.topic, id.partition);
  if (entry == nullptr) return;
  entry->held_back = true;
  entry->at_end = false;
  entry->blocked = std::move(why);
}

std::optional<Error> LaneReader::blocked_by() const {
  const std::lock_guard lock(mutex_);
  for (const Entry& entry : entries_) {
    if (entry.blocked) return entry.blocked;
  }
  return std::nullopt;
}

bool LaneReader::at_end() const {
  const std::lock_guard lock(mutex_);
  return std::ranges::all_of(entries_, [](const Entry& entry) { return entry.at_end; });
}

std::shared_ptr<PartitionLedger> LaneReader::find(const TopicPartition& id) const {
  const std::lock_guard lock(mutex_);
  for (const Entry& entry : entries_) {
    if (entry.ledger->id() == id) return entry.ledger;
  }
  return nullptr;
}

LaneReader::Entry* LaneReader::entry_of(std::string_view topic, Partition partition) {
  for (Entry& entry : entries_) {
    if (entry.ledger->id().partition == partition && entry.ledger->id().topic == topic) return &entry;
  }
  return nullptr;
}

LaneReader::Findings LaneReader::fill(ConsumerClient& client, LaneIndex lane, std::size_t max_messages, Batch& batch) {
  Findings findings;
  const std::lock_guard lock(mutex_);
  ++fills_;
  client.drain(lane, max_messages, batch.arena(), drained_);
  findings.drained_anything = !drained_.empty();
  const std::shared_ptr<const std::string> cluster = client.cluster_id();
  batch.messages().reserve(drained_.records.size());

  // A pointer to a topic's name means that topic only while what was drained is alive.
  last_topic_ = nullptr;
  last_partition_ = -1;
  last_entry_ = nullptr;
  std::size_t stale = 0;
  auto next_end = drained_.ends.begin();
  auto next_obstacle = drained_.obstacles.begin();
  for (std::size_t i = 0; i <= drained_.records.size(); ++i) {
    for (; next_obstacle != drained_.obstacles.end() && next_obstacle->before == i; ++next_obstacle)
      take_obstacle(*next_obstacle, findings);
    for (; next_end != drained_.ends.end() && next_end->before == i; ++next_end) take_end(*next_end);
    if (i == drained_.records.size()) break;
    const RawRecord& record = drained_.records[i];
    if (record.topic.data() != last_topic_ || record.partition != last_partition_) {
      last_topic_ = record.topic.data();
      last_partition_ = record.partition;
      last_entry_ = entry_of(record.topic, record.partition);
    }
    if (last_entry_ == nullptr || last_entry_->held_back || last_entry_->ledger->is_void()) {
      ++stale;
      continue;
    }
    if (std::optional<Suspect> found = doubt(record, *last_entry_->ledger)) {
      ++stale;
      suspect(*last_entry_, std::move(*found), findings);
      continue;
    }
    hand_out(record, *last_entry_, batch, cluster);
  }
  if (stale > 0) stale_.fetch_add(stale, std::memory_order_relaxed);

  if (!batch.empty()) {
    batch.add_pinned_bytes(drained_.bytes);
    batch.keep_alive(std::move(drained_.owner));
    if (cluster != nullptr) batch.keep_alive(cluster);
  }
  findings.troubles = std::move(drained_.troubles);
  drained_.clear();
  return findings;
}

// What says of itself that it cannot be where it is. A commit must never rest on it.
std::optional<Suspect> LaneReader::doubt(const RawRecord& record, const PartitionLedger& ledger) {
  if (!ledger.accepts(record.offset))
    return Suspect{Suspect::Why::went_back, ledger.id(), record.offset, ledger.position(), {}};
  if (record.log_end >= 0 && record.offset >= record.log_end)
    return Suspect{Suspect::Why::beyond_end, ledger.id(), record.offset, ledger.position(), {}};
  return std::nullopt;
}

// Whatever follows would be handed out with a gap before it.
void LaneReader::suspect(Entry& entry, Suspect suspect, Findings& findings) {
  entry.held_back = true;
  entry.at_end = false;
  findings.suspects.push_back(std::move(suspect));
}

void LaneReader::take_end(const EndMark& mark) {
  Entry* const entry = entry_of(mark.topic, mark.partition);
  if (entry == nullptr || entry->held_back) return;
  entry->at_end = true;
  if (mark.offset >= 0) entry->ledger->pass(mark.offset);
}

void LaneReader::take_obstacle(Obstacle& obstacle, Findings& findings) {
  Suspect& found = obstacle.suspect;
  if (found.why == Suspect::Why::topic_is_gone) {
    findings.suspects.push_back(std::move(found));
    return;
  }
  Entry* const entry = entry_of(found.id.topic, found.id.partition);
  if (entry == nullptr || entry->held_back || entry->ledger->is_void()) return;
  found.position = entry->ledger->position();
  suspect(*entry, std::move(found), findings);
}

void LaneReader::hand_out(const RawRecord& record, Entry& entry, Batch& batch,
                          const std::shared_ptr<const std::string>& cluster) {
  if (entry.kept_by != fills_) {
    entry.kept_by = fills_;
    batch.keep_alive(entry.ledger);
  }
  entry.at_end = false;
  Message& message = batch.messages().emplace_back();
  message.payload = record.payload;
  message.key = record.key;
  message.headers = record.headers;
  message.origin.cluster = cluster == nullptr ? std::string_view() : std::string_view(*cluster);
  message.origin.topic = entry.ledger->id().topic;
  message.origin.partition = record.partition;
  message.origin.offset = record.offset;
  message.origin.timestamp_ms = record.timestamp_ms;
  message.origin.timestamp_kind = record.timestamp_kind;
  message.ack = entry.ledger->deliver(record.offset, record.timestamp_ms);
}

}  // namespace weir::connectors::kafka
