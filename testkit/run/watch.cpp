#include "testkit/run/watch.hpp"

#include "pipeline/text/bytes_look.hpp"
#include "sinks/eventstoredb/event_encoder.hpp"
#include "sinks/record_json.hpp"
#include "testkit/expect/vocabulary.hpp"
#include "testkit/run/onlookers.hpp"

namespace weir::testkit {

namespace {

// No text has this: Kafka's null, as a key.
constexpr std::string_view kNull{"\0null", 5};

std::string payload_key(std::string_view payload) {
  return std::string(payload.data() == nullptr ? kNull : payload);
}

Field bytes_field(std::string name, std::string_view bytes) {
  if (bytes.data() == nullptr) return {std::move(name), std::nullopt};
  return {std::move(name), std::string(bytes)};
}

}  // namespace

void Watch::look_on(Topology& plan) {
  for (PipelinePlan& pipeline : plan.pipelines) {
    bool is_first = true;
    for (ComponentPlan& stage : pipeline.stages) watch_stage(stage, std::exchange(is_first, false), *this);
    for (auto& [name, sink] : pipeline.sinks) watch_sink(sink, kind_of_sink(sink.type->name), *this);
  }
}

Journey& Watch::journey_of(const Message& message) {
  const Origin& origin = message.origin;
  const auto [found, is_new] =
      places_.try_emplace(Place(origin.topic, origin.partition, origin.offset), journeys_.size());
  if (is_new) {
    Journey journey;
    journey.message =
        std::string(origin.topic) + "/" + std::to_string(origin.partition) + " @ " + std::to_string(origin.offset);
    if (message.key.data() != nullptr && text::is_plain_text(message.key)) journey.key = message.key;
    journeys_.push_back(std::move(journey));
  }
  return journeys_[found->second];
}

void Watch::happened(const Message& message, std::string what, bool trouble) {
  journey_of(message).steps.push_back({clock_.now() - begun_, std::move(what), trouble});
}

void Watch::seen(const Message& message) {
  const bool before = !journey_of(message).steps.empty();
  happened(message, before ? "read again" : "read", before);
}

void Watch::offered(const std::string& sink, Output::Kind kind, bool letter, const Message& message) {
  using sinks::eventstoredb::EncodeMode;
  switch (kind) {
    case Output::Kind::event:
      events_[sinks::eventstoredb::event_id(message, letter ? EncodeMode::dead_letter : EncodeMode::event).str()] =
          sink;
      return;
    case Output::Kind::record:
      records_[{payload_key(message.payload), message.origin.timestamp_ms, letter}] = sink;
      return;
    case Output::Kind::line: {
      std::string line;
      sinks::append_record(line, message);
      lines_[std::move(line)] = sink;
      line.clear();
      sinks::append_event(line, message);
      lines_[std::move(line)] = sink;
      return;
    }
    case Output::Kind::message:
      return;
  }
}

void Watch::took(const std::string& sink, const Message& message) {
  Output output{Output::Kind::message, sink, sink, {}, {}};
  output.fields.push_back({"topic", std::string(message.origin.topic)});
  output.fields.push_back({"partition", std::to_string(message.origin.partition)});
  output.fields.push_back({"offset", std::to_string(message.origin.offset)});
  output.fields.push_back(bytes_field("key", message.key));
  output.fields.push_back(bytes_field("value", message.payload));
  for (const Header& header : message.headers)
    output.headers.emplace_back(header.name, bytes_field({}, header.value).bytes);
  taken_.push_back(std::move(output));
}

std::vector<Journey> Watch::journeys() const {
  return journeys_;
}

std::string Watch::sink_of_event(const std::string& id) const {
  const auto found = events_.find(id);
  return found == events_.end() ? std::string() : found->second;
}

std::string Watch::sink_of_record(std::string_view payload, std::int64_t timestamp, bool letter) const {
  const auto found = records_.find({payload_key(payload), timestamp, letter});
  return found == records_.end() ? std::string() : found->second;
}

std::string Watch::sink_of_line(const std::string& line) const {
  const auto found = lines_.find(line);
  return found == lines_.end() ? std::string() : found->second;
}

}  // namespace weir::testkit
