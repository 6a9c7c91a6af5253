#include "stages/decode.hpp"

#include "pipeline/text/times.hpp"
#include "stages/decode_rules.hpp"
#include "stages/event_decoder.hpp"

namespace weir::stages {
namespace {

constexpr std::string_view kTombstone = "tombstone";

class Decode final : public Stage {
 public:
  Decode(const DecodeConfig& config, std::string_view kernel)
      : decoder_(config, kernel), tombstone_(config.tombstone), max_payload_(config.max_payload) {}

  Task<Result<void>> process(Batch& batch, StageContext& ctx) override {
    Result<void> done;
    for (Message& message : batch.messages()) decode(message, batch, ctx);
    co_return done;
  }

 private:
  void decode(Message& message, Batch& batch, StageContext& ctx) {
    if (message.payload.empty()) return decode_empty(message, batch, ctx);
    if (message.payload.size() > max_payload_.count) {
      decoder_.take_what_the_record_says(message, batch);
      ctx.fail(message, Error(Errc::too_large, "the payload of " + std::to_string(message.payload.size()) +
                                                   " bytes is over decode's max_payload of " +
                                                   std::to_string(max_payload_.count) + " bytes"));
      return;
    }
    if (!decoder_.decode(message, batch, why_)) ctx.fail(message, Error(Errc::data, why_));
  }

  void decode_empty(Message& message, Batch& batch, StageContext& ctx) {
    if (decoder_.needs_no_value(message)) {
      if (!decoder_.decode_without_value(message, batch, why_)) ctx.fail(message, Error(Errc::data, why_));
      return;
    }
    switch (tombstone_) {
      case TombstonePolicy::drop:
        ctx.drop(message, kTombstone);
        return;
      case TombstonePolicy::fail:
        decoder_.take_what_the_record_says(message, batch);
        ctx.fail(message, Error(Errc::data, message.is_tombstone() ? "the record has no value (a tombstone)"
                                                                   : "the record's value is empty"));
        return;
      case TombstonePolicy::pass:
        if (!decoder_.decode_tombstone(message, batch, why_)) ctx.fail(message, Error(Errc::data, why_));
        return;
    }
  }

  EventDecoder decoder_;
  const TombstonePolicy tombstone_;
  const Bytes max_payload_;
  std::string why_;
};

void check_fields(const DecodeConfig& decode, const config::Node& where, const std::string& path,
                  config::Diagnostics& out) {
  const std::vector<std::string> names = field_names();
  const std::vector<std::string_view> known(names.begin(), names.end());
  std::uint32_t met = 0;
  const config::Node* node = where.find("fields");
  for (const auto& [name, source] : decode.fields) {
    const config::Node* value = node == nullptr ? nullptr : node->find(name);
    const config::Mark mark = value == nullptr ? where.mark() : value->mark();
    const std::string at = config::join_path(config::join_path(path, "fields"), name);
    const Field field = field_named(name);
    if (field == Field::none) {
      out.error("unknown-field", mark, at, config::quote(name) + " is not a field of an event",
                config::suggest(name, known));
      continue;
    }
    if ((met & bit(field)) != 0) out.error("duplicate-key", mark, at, config::quote(name) + " stands twice");
    met |= bit(field);
    const std::optional<FieldSource> parsed = FieldSource::parse(source);
    if (!parsed.has_value()) {
      out.error("bad-source", mark, at, config::quote(source) + " is not a place to read a field from",
                "write a JSON pointer (/order/id), header:NAME or key");
    } else if (field == Field::data && parsed->kind != FieldSource::Kind::pointer) {
      out.error("bad-source", mark, at, "data must come from a JSON pointer");
    }
  }
}

void check_required(const DecodeConfig& decode, const config::Node& where, const std::string& path,
                    config::Diagnostics& out) {
  const std::vector<std::string> names = field_names();
  const std::vector<std::string_view> known(names.begin(), names.end());
  const config::Node* node = where.find("required");
  for (std::size_t i = 0; i < decode.required.size(); ++i) {
    if (field_named(decode.required[i]) != Field::none) continue;
    const bool marked = node != nullptr && i < node->items().size();
    out.error("unknown-field", marked ? node->items()[i].mark() : where.mark(),
              config::join_path(config::join_path(path, "required"), i),
              config::quote(decode.required[i]) + " is not a field of an event",
              config::suggest(decode.required[i], known));
  }
}

// A required field that `fields` does not read. `data` is there in any case.
void check_readable(const DecodeConfig& decode, const config::Node& where, const std::string& path,
                    config::Diagnostics& out) {
  const config::Node* fields = where.find("fields");
  if (fields == nullptr || decode.fields.empty()) return;
  const config::Node* required = where.find("required");
  for (std::size_t i = 0; i < decode.required.size(); ++i) {
    const Field field = field_named(decode.required[i]);
    const bool is_read =
        std::ranges::any_of(decode.fields, [field](const auto& entry) { return field_named(entry.first) == field; });
    if (field == Field::none || field == Field::data || is_read) continue;
    const bool marked = required != nullptr && i < required->items().size();
    out.error("required-not-read", marked ? required->items()[i].mark() : fields->mark(),
              config::join_path(path, marked ? "required" : "fields"),
              config::quote(decode.required[i]) + " is required" + (required == nullptr ? " (by default)" : "") +
                  ", and 'fields' does not say where it stands: every event would be dead-lettered",
              "add it to 'fields', or write what is required: required: []");
  }
}

// Options that another one leaves without an effect.
void check_effects(const DecodeConfig& decode, const config::Node& where, const std::string& path,
                   config::Diagnostics& out) {
  const config::Node* envelope = where.find("envelope");
  if (envelope != nullptr && !decode.fields.empty()) {
    out.warning("no-effect", envelope->mark(), config::join_path(path, "envelope"),
                "the envelope is not read, since 'fields' says where each field stands", "leave out one of the two");
  }
  const config::Node* json_text = where.find("json_text");
  if (json_text != nullptr && names_json_text(decode, "key") && decode.key_format != KeyFormat::text) {
    out.warning("no-effect", json_text->mark(), config::join_path(path, "json_text"),
                "a key that 'key_format' reads as bytes is never JSON", "leave out 'key', or 'key_format'");
  }
}

std::string check_timezone(const std::string& zone) {
  if (text::read_zone(zone).has_value()) return {};
  return "write UTC or an offset such as +09:00; with daylight saving, a local time may be two instants or none";
}

}  // namespace

Spec<DecodeConfig> decode_spec() {
  Spec<DecodeConfig> spec(
      "Reads the event out of a record's bytes; what cannot be read is dead-lettered with the reason.");
  spec.option("format", &DecodeConfig::format, "How the payload is written.");
  spec.option(
      "envelope", &DecodeConfig::envelope,
      "How the event is wrapped. domain_event: eventId, eventType, aggregateId, aggregateType, aggregateVersion, "
      "occurredOn, correlationId, causationId, data, under any of their usual names; "
      "what is absent is looked for in the headers. The others are those of the producers of that name: see "
      "docs/events.md.");
  spec.option("fields", &DecodeConfig::fields,
              "Reads the fields from these places instead of the envelope's: a JSON pointer, header:NAME, or key.")
      .example("{ event_type: /type, aggregate_id: /order/id, data: /body }");
  spec.option("required", &DecodeConfig::required, "Fields without which an event is dead-lettered.")
      .example("[event_id, event_type]");
  spec.option(
      "event_id", &DecodeConfig::event_id,
      "Which ids are taken. any: a UUID in any spelling; every other text or whole number is kept as "
      "originalEventId, and the event's id is a UUID made of it, the same one at every delivery. uuid: a UUID of "
      "36 characters, or the event is dead-lettered.");
  spec.option("timezone", &DecodeConfig::timezone, "What a time without an offset is in: UTC or an offset.")
      .example("+09:00")
      .check(&check_timezone);
  spec.option("invalid_time", &DecodeConfig::invalid_time,
              "An occurred_on that is no time. keep: the event is stored with the record's time, and what was written "
              "as originalOccurredOn.");
  spec.option("on_bad_field", &DecodeConfig::on_bad_field,
              "A value that its field cannot have, where the field is not in `required`. keep: the event goes on "
              "without the field, and the value stays with the envelope's other members.");
  spec.option("key_format", &DecodeConfig::key_format,
              "What the record's key is, where a field is taken from it: text, a number of 4 or 8 bytes (the most "
              "significant first), the 16 bytes of a UUID, or any bytes, which are written in hexadecimal.");
  spec.option("framing", &DecodeConfig::framing,
              "confluent: takes the five bytes off that a schema registry's client puts before a value or key; the "
              "schema's id goes into the metadata. The value behind them must be JSON.");
  spec.option("unwrap", &DecodeConfig::unwrap,
              "connect: a value, key or header that is {\"schema\": ..., \"payload\": ...} stands for its payload, and "
              "a header "
              "in quotes for what is between them: what Kafka Connect's JSON converters write.");
  spec.option("json_text", &DecodeConfig::json_text,
              "What may be JSON inside of a JSON text, and is then taken for what the text holds.")
      .one_of({"data", "key", "value"})
      .example("[data, key]");
  spec.option("tombstone", &DecodeConfig::tombstone,
              "What becomes of a record without a value, or with an empty one. A CloudEvent in headers needs none.");
  spec.option("max_payload", &DecodeConfig::max_payload, "A larger payload is dead-lettered unread.")
      .min(1_KiB)
      .max(1024_MiB);
  spec.validate(
      [](const DecodeConfig& decode, const config::Node& where, const std::string& path, config::Diagnostics& out) {
        const std::size_t errors_before = out.error_count();
        check_fields(decode, where, path, out);
        check_required(decode, where, path, out);
        if (out.error_count() == errors_before) check_readable(decode, where, path, out);
        check_effects(decode, where, path, out);
      });
  return spec;
}

std::unique_ptr<Stage> make_decode(const DecodeConfig& config, std::string_view kernel) {
  return std::make_unique<Decode>(config, kernel);
}

}  // namespace weir::stages
