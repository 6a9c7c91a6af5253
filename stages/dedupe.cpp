// The rules, and why nothing is lost (I1):
//  - A new id is reserved when it enters and confirmed when its message is settled for good; a failure releases it.
//  - A copy whose first is still in flight is dropped at once: the first is unsettled, so the watermark cannot pass it,
//    and whatever becomes of it, its record will be read again unless it was stored.
//  - The *same record* coming again (same topic, partition, offset) while its first delivery is in flight is no copy: a
//    stage asked for the batch again, or the partition went and came back and the first delivery's ack is void. It
//    passes and holds the id as well.
//  - The same id with another payload is a data error, whichever came first: never silently swallowed.
#include "stages/dedupe.hpp"

#include "pipeline/base/uuid.hpp"
#include "pipeline/parts/checked_by.hpp"
#include "stages/dedupe_index.hpp"
#include "stages/selector.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace weir::stages {
namespace {

constexpr std::string_view kDuplicate = "duplicate";

// What the batch's messages are looked up by, made before the first look-up.
struct Probe {
  DedupeKey key;
  std::uint64_t slot_hash = 0;
  std::uint64_t payload_hash = 0;
  bool keyed = false;
};

class Dedupe final : public Stage, public SettleHook {
 public:
  Dedupe(const DedupeConfig& config, Selector key, std::size_t max_entries, std::uint64_t seed, BuildContext& context)
      : key_(std::move(key)),
        seed_(seed),
        index_(config.window, max_entries, seed),
        entries_(context.metrics.gauge("weir_dedupe_entries", labels(context, true))),
        hits_(context.metrics.counter("weir_dedupe_hits_total", labels(context, false))),
        keyless_(context.metrics.counter("weir_dedupe_keyless_total", labels(context, false))),
        evicted_early_(context.metrics.counter("weir_dedupe_evicted_early_total", labels(context, false))) {}

  Task<Result<void>> process(Batch& batch, StageContext& ctx) override {
    Result<void> done;
    const TimePoint now = ctx.now();
    if (const std::size_t early = index_.evict(now); early > 0) evicted_early_.add(early);
    probe_all(batch);
    std::uint64_t hits = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (probes_[i].keyed && !admit(batch.messages()[i], probes_[i], now, ctx)) ++hits;
    }
    if (hits > 0) hits_.add(hits);
    entries_.set(static_cast<std::int64_t>(index_.size()));
    co_return done;
  }

  // Settled is settled, whether stored or dropped on purpose; a dead letter may be sent again, and must pass then.
  void settled(std::uint64_t token, Settlement how) noexcept override {
    if (how == Settlement::stored || how == Settlement::dropped)
      index_.confirm(token);
    else
      index_.release(token);
  }

 private:
  static Labels labels(const BuildContext& context, bool per_lane) {
    Labels labels{{"component", context.component}};
    if (per_lane) labels.emplace_back("lane", std::to_string(context.lane));
    labels.emplace_back("pipeline", context.pipeline);
    return labels;
  }

  // Hashes everything and asks for the cache lines; by the time the first is looked up, they are there.
  void probe_all(Batch& batch) {
    probes_.resize(batch.size());
    std::uint64_t keyless = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const Message& message = batch.messages()[i];
      Probe& probe = probes_[i];
      probe.keyed = find_key(message, probe.key);
      if (!probe.keyed) {
        ++keyless;
        continue;
      }
      probe.slot_hash = index_.hash(probe.key);
      index_.prefetch(probe.slot_hash);
      probe.payload_hash = XXH3_64bits_withSeed(message.payload.data(), message.payload.size(), seed_);
    }
    if (keyless > 0) keyless_.add(keyless);
  }

  bool find_key(const Message& message, DedupeKey& key) {
    if (key_.is_event_id()) {
      if (!message.event.id.has_value()) return false;
      key = {message.event.id->high, message.event.id->low};
      return true;
    }
    const std::optional<std::string_view> text = key_.value(message);
    if (!text.has_value() || text->empty()) return false;
    const XXH128_hash_t hash = XXH3_128bits_withSeed(text->data(), text->size(), seed_);
    key = {hash.high64, hash.low64};
    return true;
  }

  // False: the message is a duplicate and was dropped.
  bool admit(Message& message, const Probe& probe, TimePoint now, StageContext& ctx) {
    if (!message.is_live()) return true;
    DedupeIndex::Token token = 0;
    DedupeEntry* const known = index_.find(probe.key, probe.slot_hash, token);
    if (known == nullptr) {
      DedupeEntry entry;
      entry.key = probe.key;
      entry.payload_hash = probe.payload_hash;
      entry.seen = now;
      entry.offset = message.origin.offset;
      entry.partition = message.origin.partition;
      entry.topic = topic_number(message.origin.topic);
      message.ack.on_settle(*this, index_.insert(entry, probe.slot_hash));
      return true;
    }
    if (known->payload_hash != probe.payload_hash) {
      ctx.fail(message, Error(Errc::data, "the id was seen before with another payload, at " + origin_of(*known) +
                                              " (" + key_.text() + "); a producer must not use an id twice"));
      return true;
    }
    const bool same_record = known->offset == message.origin.offset && known->partition == message.origin.partition &&
                             topics_[known->topic] == message.origin.topic;
    if (same_record && !known->confirmed) {
      ++known->holders;
      message.ack.on_settle(*this, token);
      return true;
    }
    ctx.drop(message, kDuplicate);
    return false;
  }

  // Topics are few; a hostile number of them shares the last number, which then names no topic.
  std::uint16_t topic_number(std::string_view topic) {
    if (last_topic_ < topics_.size() && topics_[last_topic_] == topic) return last_topic_;
    for (std::size_t i = 0; i < topics_.size(); ++i) {
      if (topics_[i] == topic) return last_topic_ = static_cast<std::uint16_t>(i);
    }
    if (topics_.size() < kMostTopics)
      topics_.emplace_back(topics_.size() + 1 < kMostTopics ? topic : std::string_view("another topic"));
    return last_topic_ = static_cast<std::uint16_t>(topics_.size() - 1);
  }

  std::string origin_of(const DedupeEntry& entry) const {
    return topics_[entry.topic] + "/" + std::to_string(entry.partition) + "@" + std::to_string(entry.offset);
  }

  static constexpr std::size_t kMostTopics = 4096;

  Selector key_;
  const std::uint64_t seed_;
  DedupeIndex index_;
  std::vector<Probe> probes_;  // reused
  std::vector<std::string> topics_;
  std::uint16_t last_topic_ = 0;
  Gauge& entries_;
  Counter& hits_;
  Counter& keyless_;
  Counter& evicted_early_;
};

}  // namespace

Spec<DedupeConfig> dedupe_spec() {
  using namespace std::chrono_literals;
  Spec<DedupeConfig> spec(
      "Drops a message whose id was seen before; the same id with another payload is dead-lettered.");
  spec.option("key", &DedupeConfig::key, "What identifies a message; one that has none passes.")
      .example("header:message-id")
      .check(checked_by(&Selector::parse));
  spec.option("window", &DedupeConfig::window, "How long an id is remembered.").min(1s).max(720h);
  spec.option("max_entries", &DedupeConfig::max_entries,
              "Most ids remembered by the pipeline, shared evenly by its lanes; some 80 bytes each. "
              "Ids forgotten before their window has ended are counted in weir_dedupe_evicted_early_total.")
      .min(1)
      .max(1'000'000'000);
  spec.option("durable", &DedupeConfig::durable, "Keeps the ids on disk. Not in this version.")
      .check([](const bool& durable) {
        return durable ? std::string(
                             "durable dedupe is not in this version; leave it out "
                             "(the eventstoredb sink recognises what it has)")
                       : std::string();
      });
  return spec;
}

Result<std::unique_ptr<Stage>> make_dedupe(const DedupeConfig& config, BuildContext& context) {
  if (config.durable) return Error(Errc::unsupported, "dedupe: durable is not in this version");
  Result<Selector> key = Selector::parse(config.key);
  if (key.has_error()) return key.error().with_context("dedupe: key");
  const std::size_t lanes = std::max<std::size_t>(context.lanes, 1);
  const std::size_t share = std::max<std::size_t>((config.max_entries + lanes - 1) / lanes, 1);
  std::unique_ptr<Stage> stage = std::make_unique<Dedupe>(config, std::move(*key), share, Uuid::random().low, context);
  return stage;
}

}  // namespace weir::stages
