#include "testkit/run/gather.hpp"

#include "testkit/expect/json_node.hpp"

#include <algorithm>
#include <map>

namespace weir::testkit {

namespace {

using config::Node;
using connectors::eventstoredb::RecordedEvent;
using connectors::kafka::FakeRecord;

constexpr std::string_view kLetterOf = "kafka_dlt-original-topic";
constexpr std::string_view kReason = "weir-reason";
constexpr std::string_view kStage = "weir-stage";

using Headers = std::vector<std::pair<std::string, std::optional<std::string>>>;

const std::optional<std::string>* find_header(const Headers& headers, std::string_view name) {
  for (const auto& [its_name, value] : headers) {
    if (its_name == name) return &value;
  }
  return nullptr;
}

// What a dead letter says of itself, as fields.
void add_letter(Output& output) {
  const std::optional<std::string>* reason = find_header(output.headers, kReason);
  const std::optional<std::string>* stage = find_header(output.headers, kStage);
  if (reason != nullptr) output.fields.push_back({"reason", *reason});
  if (stage != nullptr) output.fields.push_back({"stage", *stage});
}

class Gatherer {
 public:
  explicit Gatherer(const Gathering& from) : from_(from) {}

  Observed run() {
    for (const std::string& store : from_.world.stores()) add_events(store);
    add_records();
    for (const auto& [path, file] : from_.world.files()) add_lines(path, file);
    add_lines("stdout", from_.world.standard_output());
    for (const Output& output : from_.watch.taken()) observed_.outputs.push_back(output);
    add_commits();
    add_metrics();
    observed_.journeys = from_.watch.journeys();
    return std::move(observed_);
  }

 private:
  void add_events(const std::string& store) {
    const auto& fake = from_.world.store(store);
    std::vector<RecordedEvent> events;
    for (const std::string& stream : fake.streams()) {
      for (RecordedEvent& event : fake.stream(stream)) events.push_back(std::move(event));
    }
    std::ranges::sort(events, {}, &RecordedEvent::position);
    for (RecordedEvent& event : events) add_event(event);
  }

  void add_event(RecordedEvent& event) {
    Output output{Output::Kind::event, event.stream, from_.watch.sink_of_event(event.id.str()), {}, {}};
    output.fields.push_back({"stream", event.stream});
    output.fields.push_back({"revision", std::to_string(event.revision)});
    output.fields.push_back({"type", event.type});
    output.fields.push_back({"id", event.id.str()});
    output.fields.push_back({"data", std::move(event.data)});
    output.headers = headers_of(event.metadata);
    output.fields.push_back({"metadata", std::move(event.metadata)});
    add_letter(output);
    observed_.outputs.push_back(std::move(output));
  }

  // A dead letter in an event store has its record's headers in the metadata: [["name", "value"], …].
  static Headers headers_of(const std::string& metadata) {
    Headers headers;
    if (metadata.find(kReason) == std::string::npos) return headers;
    const std::optional<Node> document = node_of_json(metadata);
    const Node* list = document ? document->find("headers") : nullptr;
    if (list == nullptr) return headers;
    for (const Node& pair : list->items()) {
      if (pair.items().size() < 2) continue;
      const Node& value = pair.items()[1];
      headers.emplace_back(pair.items()[0].text(),
                           value.kind() == Node::Kind::null ? std::nullopt : std::optional(value.text()));
    }
    return headers;
  }

  void add_records() {
    for (const std::string& kafka : from_.world.kafkas()) {
      auto& fake = from_.world.kafka(kafka);
      for (const std::string& topic : fake.topics()) {
        for (Partition partition = 0; partition < fake.partitions(topic); ++partition) {
          for (FakeRecord& record : fake.records(topic, partition)) {
            if (!from_.own.contains({kafka, topic, partition, record.offset})) add_record(topic, partition, record);
          }
        }
      }
    }
  }

  void add_record(const std::string& topic, Partition partition, FakeRecord& record) {
    Output output{Output::Kind::record, topic, {}, {}, std::move(record.headers)};
    const bool letter = find_header(output.headers, kLetterOf) != nullptr;
    const std::string_view payload = record.payload ? std::string_view(*record.payload) : std::string_view();
    output.sink = from_.watch.sink_of_record(payload, record.timestamp_ms, letter);
    output.fields.push_back({"topic", topic});
    output.fields.push_back({"partition", std::to_string(partition)});
    output.fields.push_back({"key", std::move(record.key)});
    output.fields.push_back({"value", std::move(record.payload)});
    output.fields.push_back({"timestamp", std::to_string(record.timestamp_ms)});
    add_letter(output);
    observed_.outputs.push_back(std::move(output));
  }

  void add_lines(const std::string& path, const MemoryFile& file) {
    for (std::string& line : file.lines()) {
      Output output{Output::Kind::line, path, from_.watch.sink_of_line(line), {}, {}};
      output.fields.push_back({"file", path});
      add_parts(line, output);
      output.fields.push_back({"line", std::move(line)});
      observed_.outputs.push_back(std::move(output));
    }
  }

  // Of a line that is a record as the sinks write it.
  static void add_parts(const std::string& line, Output& output) {
    const std::optional<Node> document = node_of_json(line);
    if (!document) return;
    for (const auto& [member, field] : {std::pair("key", "key"), std::pair("payload", "value"),
                                        std::pair("reason", "reason"), std::pair("stage", "stage")}) {
      const Node* value = document->find(member);
      if (value == nullptr) continue;
      output.fields.push_back({field, value->kind() == Node::Kind::null ? std::nullopt : std::optional(value->text())});
    }
    const Node* headers = document->find("headers");
    if (headers == nullptr) return;
    for (const Node& header : headers->items()) {
      const Node* name = header.find("name");
      const Node* value = header.find("value");
      if (name == nullptr || value == nullptr) continue;
      output.headers.emplace_back(name->text(),
                                  value->kind() == Node::Kind::null ? std::nullopt : std::optional(value->text()));
    }
  }

  void add_commits() {
    std::set<std::tuple<std::string, std::string, Partition>> partitions;
    for (const auto& [kafka, topic, partition, offset] : from_.own) partitions.emplace(kafka, topic, partition);
    for (const PipelinePlan& pipeline : from_.plan.pipelines) {
      for (const auto& [kafka, topic, partition] : partitions) {
        const TopicPartition id{topic, partition};
        const Offset offset = from_.world.kafka(kafka).committed(pipeline.source.description.group, id);
        if (offset >= 0) observed_.committed[{topic, partition}] = offset;
      }
    }
  }

  // Counters of all processes together, gauges of the last one.
  void add_metrics() {
    std::map<std::pair<std::string, Labels>, double> values;
    for (const auto& process : from_.processes) {
      process->metrics().visit(
          [&values](std::string_view name, const Labels& labels, const Counter& counter) {
            values[{std::string(name), labels}] += static_cast<double>(counter.value());
          },
          [&values](std::string_view name, const Labels& labels, const Gauge& gauge) {
            values[{std::string(name), labels}] = gauge.in_unit();
          },
          [](std::string_view, const Labels&, const Histogram&) {});
    }
    for (const auto& [series, value] : values) {
      const auto& [name, labels] = series;
      observed_.metrics.push_back({name, labels, value});
      if (name == "weir_messages_duplicate_total") observed_.duplicates += static_cast<std::uint64_t>(value);
      if (name != "weir_messages_dropped_total" || value == 0) continue;
      for (const auto& [label, reason] : labels) {
        if (label == "reason") observed_.dropped[reason] += static_cast<std::uint64_t>(value);
      }
    }
  }

  const Gathering& from_;
  Observed observed_;
};

}  // namespace

Observed gather(const Gathering& from) {
  return Gatherer(from).run();
}

}  // namespace weir::testkit
