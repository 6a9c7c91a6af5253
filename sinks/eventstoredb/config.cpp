#include "sinks/eventstoredb/config.hpp"

#include "pipeline/parts/checked_by.hpp"
#include "pipeline/text/json_digest.hpp"

namespace weir::sinks::eventstoredb {
namespace {

Result<StreamName> parse_stream(const std::string& pattern) {
  return StreamName::parse(pattern, {});
}

std::string check_pointers(const std::vector<std::string>& pointers) {
  for (const std::string& pointer : pointers) {
    if (!text::is_json_pointer(pointer)) {
      return "'" + pointer + "' is no JSON pointer to a part of the data; expected one like /sentAt or /meta/sentAt";
    }
  }
  return {};
}

std::string check_expected_revision(const std::string& mode) {
  if (mode == "any") return {};
  if (mode == "tracked" || mode == "aggregate_version" || mode == "checkpointed") {
    return "this version of weir supports expected_revision: any only; '" + mode + "' comes later";
  }
  return "expected 'any', the only mode of this version";
}

}  // namespace

Spec<SinkConfig> sink_spec() {
  Spec<SinkConfig> spec("Appends events to the streams of an EventStoreDB or KurrentDB, in order per stream.");
  spec.option("connection", &SinkConfig::connection, "Name of an `eventstoredb` entry under `connections:`.")
      .required()
      .example("store");
  spec.option("stream", &SinkConfig::stream,
              "Which stream an event goes to: text with parts of the message in braces: " + part_list() +
                  ", and prefix (see prefixes); `|lower` makes a part lower case. An event that lacks one of its parts "
                  "is dead-lettered.")
      .check(checked_by(&parse_stream))
      .example("\"{aggregate_type|lower}-{aggregate_id}\"");
  spec.option(
          "prefixes", &SinkConfig::prefixes,
          "What `{prefix}` stands for, per aggregate type; a type that is not listed stands for itself, in lower case.")
      .example("{ Vulnerability: vuln, Relationship: relation }");
  spec.option("expected_revision", &SinkConfig::expected_revision,
              "How appends are protected. `any`: stable event ids; the store suppresses what it remembers.")
      .check(check_expected_revision);
  spec.option(
      "system_types", &SinkConfig::system_types,
      "Event types that begin with `$` belong to the server: whoever resolves links takes an event of type `$>` "
      "for one. `refuse`: such an event is dead-lettered. `allow`: it is stored.");
  spec.option(
      "shared_streams", &SinkConfig::shared_streams,
      "Two aggregates whose names run into each other (`a-b` with `c` and `a` with `b-c` are both `a-b-c`). "
      "`refuse`: where a name leaves that open, which is where the type has a dash (or what else stands between "
      "the parts) or the id has one and is no UUID, the last event of the stream is read once; an event of "
      "another aggregate than the `aggregateId` in its metadata is dead-lettered. All streams keep their names. "
      "`allow`: nothing is looked at. A stream that is not named after both type and id is shared on purpose.");
  spec.option("on_conflict", &SinkConfig::on_conflict,
              "What becomes of an event whose id the store has already, with other content. `dead_letter`, or `drop`: "
              "what is stored stays, and the event counts as a duplicate.");
  spec.option("compare", &SinkConfig::compare,
              "What makes an event the same as the stored one with its id. `event`: its type, its data (order of "
              "members and blanks do not count) and, where both have them, its aggregate, version, correlation and "
              "causation id and its own time. `data`: type and data alone.");
  spec.option(
          "ignore", &SinkConfig::ignore,
          "JSON pointers to parts of an event's data that do not count when it is compared with the stored one, such "
          "as a time of sending that every retry sets anew.")
      .check(check_pointers)
      .example("[/sentAt]");
  spec.option("streams_in_flight", &SinkConfig::streams_in_flight, "Most streams, per lane, with an append under way.")
      .min(1)
      .max(10000);
  spec.option("max_append", &SinkConfig::max_append,
              "Most bytes of one append: data, metadata and twice the type's length. Servers up to 25.0 accept 1 MiB.")
      .min(Bytes{1024})
      .max(Bytes{64ull << 20});
  spec.option("max_append_events", &SinkConfig::max_append_events, "Most events of one append.").min(1).max(10000);
  spec.validate(
      [](const SinkConfig& sink, const config::Node& where, const std::string& path, config::Diagnostics& out) {
        const config::Node* prefixes = where.find("prefixes");
        if (prefixes == nullptr || sink.stream.find("{prefix") != std::string::npos) return;
        out.warning("no-effect", prefixes->mark(), config::join_path(path, "prefixes"),
                    "the name of the stream has no {prefix} in it",
                    "write for instance stream: \"{prefix}-{aggregate_id}\"");
      });
  return spec;
}

Result<SinkSettings> make_settings(const SinkConfig& config, bool dead_letters) {
  Result<StreamName> stream = StreamName::parse(config.stream, config.prefixes);
  if (stream.has_error()) return stream.error().with_context("stream");
  SinkSettings settings;
  settings.stream = std::move(*stream);
  settings.limits.bytes = config.max_append.count;
  settings.limits.events = config.max_append_events;
  settings.streams_in_flight = config.streams_in_flight;
  settings.system_types = config.system_types;
  settings.shared_streams = config.shared_streams;
  settings.known = {!dead_letters, config.on_conflict, config.compare, config.ignore};
  settings.mode = dead_letters ? EncodeMode::dead_letter : EncodeMode::event;
  return settings;
}

}  // namespace weir::sinks::eventstoredb
