// The rules, and why nothing is lost (I1):
//  - A new id is reserved when it enters and confirmed when its message is settled for good; a failure releases it.
//  - A copy whose first is still in flight is dropped at once: the first is unsettled, so the watermark cannot pass it,
//    and whatever becomes of it, its record will be read again unless it was stored.
//  - The *same record* coming again (same topic, partition, offset) while its first delivery is in flight is no copy: a
//    stage asked for the batch again, or the partition went and came back and the first delivery's ack is void. It
//    passes and holds the id as well.
//  - The same id with other content is a data error unless the configuration says otherwise, whichever came first: never
//    silently swallowed. One that is let pass holds no id: the first one does.
#include "stages/dedupe.hpp"

#include "pipeline/base/log.hpp"
#include "pipeline/base/uuid.hpp"
#include "pipeline/parts/checked_by.hpp"
#include "pipeline/text/json_digest.hpp"
#include "stages/dedupe_state.hpp"
#include "stages/selector.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace weir::stages {
namespace {

constexpr std::string_view kDuplicate = "duplicate";
constexpr std::string_view kConflict = "conflict";
constexpr std::string_view kIgnoreNeedsJson = "`ignore` names parts of a JSON payload: it needs `compare: json`";

// What was compared and differs, and what may be set when it should not count.
std::string_view differs_in(SameBy compare) {
  switch (compare) {
    case SameBy::bytes:
      return "another payload";
    case SameBy::json:
      return "another payload (order and blanks aside)";
    case SameBy::data:
      return "other data, another type or another aggregate";
  }
  return {};
}

std::string_view cure_of(SameBy compare) {
  if (compare == SameBy::data) return "`on_conflict: drop` keeps the first and drops the others";
  return "where a resend has a new time of sending, `compare: data` (or `compare: json` with `ignore:`) says what does "
         "not count; `on_conflict: drop` keeps the first whatever differs";
}

// What the batch's messages are looked up by, made before the first look-up.
struct Probe {
  DedupeKey key;
  std::uint64_t slot_hash = 0;
  std::uint64_t content_hash = 0;
  bool keyed = false;
};

// A configuration of it, over a state that may be older than itself.
class Dedupe final : public Stage {
 public:
  Dedupe(const DedupeConfig& config, Selector key, std::size_t max_entries, std::shared_ptr<DedupeState> state,
         BuildContext& context)
      : key_(std::move(key)),
        state_(std::move(state)),
        seed_(state_->seed()),
        compare_(config.compare),
        on_conflict_(config.on_conflict),
        digest_(seed_, config.ignore),
        window_(config.window),
        max_entries_(max_entries),
        entries_(context.metrics.gauge("weir_dedupe_entries", labels(context, true))),
        hits_(context.metrics.counter("weir_dedupe_hits_total", labels(context, false))),
        keyless_(context.metrics.counter("weir_dedupe_keyless_total", labels(context, false))),
        evicted_early_(context.metrics.counter("weir_dedupe_evicted_early_total", labels(context, false))) {}

  // For people: another configuration of the stage remembers ids, and this one cannot use them.
  void begins_anew_in(std::string pipeline) { begins_anew_in_ = std::move(pipeline); }

  Task<Result<void>> process(Batch& batch, StageContext& ctx) override {
    Result<void> done;
    const TimePoint now = ctx.now();
    DedupeIndex& index = state_->index();
    if (!in_use_) take_over(ctx);
    if (const std::size_t early = index.evict(now); early > 0) evicted_early_.add(early);
    probe_all(batch);
    std::uint64_t hits = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (probes_[i].keyed && !admit(batch.messages()[i], probes_[i], now, ctx)) ++hits;
    }
    if (hits > 0) hits_.add(hits);
    entries_.set(static_cast<std::int64_t>(index.size()));
    co_return done;
  }

 private:
  static Labels labels(const BuildContext& context, bool per_lane) {
    Labels labels{{"component", context.component}};
    if (per_lane) labels.emplace_back("lane", std::to_string(context.lane));
    labels.emplace_back("pipeline", context.pipeline);
    return labels;
  }

  // Until now another stage may have worked with the state.
  void take_over(const StageContext& ctx) {
    in_use_ = true;
    state_->set_in_use();
    state_->index().set_bounds(window_, max_entries_);
    if (begins_anew_in_.empty()) return;
    log::info("dedupe has another `key`, `compare` or `ignore` and begins with no ids",
              {{"pipeline", begins_anew_in_}, {"component", ctx.stage_name()}, {"lane", ctx.lane()}});
  }

  // Hashes everything and asks for the cache lines; by the time the first is looked up, they are there.
  void probe_all(Batch& batch) {
    const DedupeIndex& index = state_->index();
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
      probe.slot_hash = index.hash(probe.key);
      index.prefetch(probe.slot_hash);
      probe.content_hash = compare_ == SameBy::bytes ? hash(message.payload, seed_) : content_hash(message);
    }
    if (keyless > 0) keyless_.add(keyless);
  }

  static std::uint64_t hash(std::string_view bytes, std::uint64_t seed) {
    return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
  }

  // What is not JSON is compared byte for byte, whatever is asked.
  std::uint64_t content_hash(const Message& message) const {
    const DomainEvent& event = message.event;
    const bool of_event = compare_ == SameBy::data && event.decoded;
    const std::string_view json = of_event ? event.data : message.payload;
    std::uint64_t result = hash(json, seed_);
    if (const std::optional<std::uint64_t> digest = digest_.of(json)) result = *digest;
    if (!of_event) return result;
    for (const std::string_view part : {event.type, event.aggregate_type, event.aggregate_id}) {
      result = hash(part, result);
    }
    return event.aggregate_version.has_value() ? result + 1 + static_cast<std::uint64_t>(*event.aggregate_version)
                                               : result;
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
    DedupeEntry* const known = state_->index().find(probe.key, probe.slot_hash, token);
    if (known == nullptr) {
      DedupeEntry entry;
      entry.key = probe.key;
      entry.content_hash = probe.content_hash;
      entry.seen = now;
      entry.offset = message.origin.offset;
      entry.partition = message.origin.partition;
      entry.topic = state_->number_of(message.origin.topic);
      message.ack.on_settle(*state_, state_->index().insert(entry, probe.slot_hash));
      return true;
    }
    const bool same_record = known->offset == message.origin.offset && known->partition == message.origin.partition &&
                             state_->topic(known->topic) == message.origin.topic;
    if (same_record && !known->confirmed) {
      known->content_hash = probe.content_hash;  // another configuration may read it in another way
      ++known->holders;
      message.ack.on_settle(*state_, token);
      return true;
    }
    if (known->content_hash != probe.content_hash) return settle_conflict(message, *known, ctx);
    ctx.drop(message, kDuplicate);
    return false;
  }

  // False: the message was dropped.
  bool settle_conflict(Message& message, const DedupeEntry& known, StageContext& ctx) {
    switch (on_conflict_) {
      case OnConflict::pass:
        return true;
      case OnConflict::drop:
        ctx.drop(message, kConflict);
        return false;
      case OnConflict::dead_letter:
        break;
    }
    std::string why = "the id was seen before with " + std::string(differs_in(compare_)) + ", at " + origin_of(known);
    why += " (" + key_.text() + "); a producer must not use an id twice (" + std::string(cure_of(compare_)) + ")";
    ctx.fail(message, Error(Errc::data, std::move(why)));
    return true;
  }

  std::string origin_of(const DedupeEntry& entry) const {
    return state_->topic(entry.topic) + "/" + std::to_string(entry.partition) + "@" + std::to_string(entry.offset);
  }

  Selector key_;
  const std::shared_ptr<DedupeState> state_;
  const std::uint64_t seed_;
  const SameBy compare_;
  const OnConflict on_conflict_;
  const text::JsonDigest digest_;
  const Duration window_;
  const std::size_t max_entries_;
  bool in_use_ = false;
  std::string begins_anew_in_;
  std::vector<Probe> probes_;  // reused
  Gauge& entries_;
  Counter& hits_;
  Counter& keyless_;
  Counter& evicted_early_;
};

// All that the hashes in the index depend on.
std::string state_name(const DedupeConfig& config) {
  std::string name = "key " + config.key + " compare " + std::to_string(static_cast<int>(config.compare));
  for (const std::string& pointer : config.ignore) name += " ignore " + pointer;
  return name;
}

bool others_work(const BuildContext& context) {
  if (context.shelf == nullptr) return false;
  const std::vector<std::shared_ptr<DedupeState>> all = context.shelf->all<DedupeState>(context.lane);
  return std::any_of(all.begin(), all.end(), [](const auto& state) { return state->is_in_use(); });
}

std::string check_pointers(const std::vector<std::string>& pointers) {
  for (const std::string& pointer : pointers) {
    if (!text::is_json_pointer(pointer)) {
      return "'" + pointer +
             "' is no JSON pointer to a part of the payload; expected one like /occurredOn or "
             "/meta/sentAt";
    }
  }
  return {};
}

}  // namespace

Spec<DedupeConfig> dedupe_spec() {
  using namespace std::chrono_literals;
  Spec<DedupeConfig> spec(
      "Drops a message whose id was seen before; the same id with other content is dead-lettered, or as `on_conflict` "
      "says.");
  spec.option("key", &DedupeConfig::key, "What identifies a message; one that has none passes.")
      .example("header:message-id")
      .check(checked_by(&Selector::parse));
  spec.option("window", &DedupeConfig::window, "How long an id is remembered.").min(1s).max(720h);
  spec.option("max_entries", &DedupeConfig::max_entries,
              "Most ids remembered by the pipeline, shared evenly by its lanes; some 80 bytes each. "
              "Ids forgotten before their window has ended are counted in weir_dedupe_evicted_early_total.")
      .min(1)
      .max(1'000'000'000);
  spec.option(
      "on_conflict", &DedupeConfig::on_conflict,
      "What becomes of a message whose id was seen before with other content. `drop` keeps the first one and "
      "counts the others as dropped, reason `conflict`, though the first one may still fail or be dead-lettered, and "
      "then none is stored; `pass` lets it go on to the sink, which may know better "
      "(the `eventstoredb` sink has an `on_conflict` of its own, for what the store knows already).");
  spec.option(
      "compare", &DedupeConfig::compare,
      "What makes two messages with one id the same. `bytes`: the payload, byte for byte. `json`: the payload, "
      "but for the order of members, blanks, and what `ignore` names. `data`: the event's type, aggregate and "
      "version and its own data, the latter as with `json` (in an envelope without a member for the data, the whole "
      "payload is the data, times and all); times, correlation ids and unknown members of the "
      "envelope do not count. A payload that is no JSON is compared byte for byte.");
  spec.option("ignore", &DedupeConfig::ignore,
              "With `compare: json`: JSON pointers to parts of the payload that do not count, such as a time of "
              "sending that every retry sets anew.")
      .check(check_pointers)
      .example("[/occurredOn, /meta/sentAt]");
  spec.validate(
      [](const DedupeConfig& config, const config::Node& where, const std::string& path, config::Diagnostics& out) {
        if (!config.ignore.empty() && config.compare != SameBy::json)
          out.error("invalid-value", where.mark(), path + ".ignore", std::string(kIgnoreNeedsJson));
        if (const config::Node* durable = where.find("durable"); durable != nullptr && !config.durable)
          out.warning("no-effect", durable->mark(), path + ".durable", "this is so in any case", "leave it out");
        if (const config::Node* compare = where.find("compare");
            compare != nullptr && config.on_conflict == OnConflict::pass) {
          out.warning("no-effect", compare->mark(), path + ".compare",
                      "with 'on_conflict: pass' it does not matter what differs", "leave out one of the two");
        }
      });
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
  if (!config.ignore.empty() && config.compare != SameBy::json) {
    return Error(Errc::invalid_argument, "dedupe: " + std::string(kIgnoreNeedsJson));
  }
  Result<Selector> key = Selector::parse(config.key);
  if (key.has_error()) return key.error().with_context("dedupe: key");
  const std::size_t lanes = std::max<std::size_t>(context.lanes, 1);
  const std::size_t share = std::max<std::size_t>((config.max_entries + lanes - 1) / lanes, 1);
  bool is_new = false;
  const MakeState<DedupeState> make = [&config, &is_new, share] {
    is_new = true;
    return std::make_shared<DedupeState>(config.window, share, Uuid::random().low);
  };
  std::shared_ptr<DedupeState> state = context.state<DedupeState>(state_name(config), make);
  auto stage = std::make_unique<Dedupe>(config, std::move(*key), share, std::move(state), context);
  if (is_new && others_work(context)) stage->begins_anew_in(context.pipeline);
  return Result<std::unique_ptr<Stage>>(std::move(stage));
}

}  // namespace weir::stages
