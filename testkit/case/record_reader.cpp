#include "testkit/case/record_reader.hpp"

#include "pipeline/config/spec.hpp"
#include "pipeline/text/base64.hpp"
#include "testkit/case/input_file.hpp"
#include "testkit/expect/json_node.hpp"

#include <algorithm>
#include <array>

namespace weir::testkit {

namespace {

using config::Diagnostics;
using config::join_path;
using config::Node;

// As it stands in YAML, or in a line of JSON.
struct RecordOptions {
  std::string topic;
  Partition partition = 0;
  std::optional<std::string> key;
  std::optional<std::string> key_base64;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
  Node value;
  Node json;
  std::string file;
  std::string value_base64;
  bool null = false;
  std::optional<std::int64_t> timestamp;
  std::uint32_t times = 1;
};

Spec<RecordOptions> record_spec() {
  using R = RecordOptions;
  Spec<R> spec("A record of a topic that the pipeline reads.");
  spec.option("topic", &R::topic, "The topic; may be left out where the pipeline reads one only.");
  spec.option("partition", &R::partition, "The partition.").min(0).max(999);
  spec.option("key", &R::key, "The key; without it there is none.");
  spec.option("key_base64", &R::key_base64, "The key, where it is no text.");
  spec.option("headers", &R::headers, "The headers, by name; null is Kafka's null.");
  spec.option("value", &R::value, "A text as it is, or a mapping or list, which becomes JSON.");
  spec.option("json", &R::json, "Any value, which becomes JSON: a text gets its quotes.");
  spec.option("file", &R::file, "A file, beside that of the test, whose bytes are the value.");
  spec.option("value_base64", &R::value_base64, "The value, where it is no text.");
  spec.option("null", &R::null, "The value is Kafka's null: a tombstone.");
  spec.option("timestamp", &R::timestamp, "Milliseconds since 1970; without it the time at which the record comes.");
  spec.option("times", &R::times, "So many such records, one behind the other.").min(1).max(1'000'000);
  return spec;
}

constexpr std::size_t kMaxBytes = 256U << 20U;  // of one record and its repetitions

constexpr std::array<std::string_view, 5> kValues{"value", "json", "file", "value_base64", "null"};

class RecordReader {
 public:
  RecordReader(const Node& node, const std::string& path, const Vocabulary& words, Diagnostics& out)
      : node_(node), path_(path), words_(words), out_(out) {}

  std::optional<Put> read() {
    static const Spec<RecordOptions> kSpec = record_spec();
    const std::size_t errors = out_.error_count();
    options_ = kSpec.parse(node_, path_, out_);
    if (out_.error_count() != errors) return std::nullopt;
    auto record = std::make_shared<InputRecord>();
    record->topic = topic();
    record->partition = options_.partition;
    record->key = options_.key;
    if (options_.key_base64) record->key = decoded(*options_.key_base64, "key_base64");
    record->headers = options_.headers;
    record->timestamp_ms = options_.timestamp;
    read_value(*record);
    check_size(*record);
    if (out_.error_count() != errors) return std::nullopt;
    return Put{std::move(record), options_.times};
  }

 private:
  // The broker of a test keeps each of them in memory.
  void check_size(const InputRecord& record) {
    std::size_t size = record.value.value_or("").size() + record.key.value_or("").size();
    for (const auto& [name, value] : record.headers) size += name.size() + value.value_or("").size();
    if (size <= kMaxBytes / options_.times) return;
    const Node* times = node_.find("times");
    out_.error("too-large", times == nullptr ? node_.mark() : times->mark(), path_,
               "the records have " + std::to_string(size) + " bytes each, more than " +
                   std::to_string(kMaxBytes >> 20U) + " MiB in all",
               "lower 'times', or take a smaller value");
  }

  std::string topic() {
    if (!options_.topic.empty()) {
      check_topic(options_.topic, words_, *node_.find("topic"), join_path(path_, "topic"), out_);
      return options_.topic;
    }
    if (words_.topics.size() == 1 && words_.takes.empty()) return words_.topics.front();
    out_.error("missing-key", node_.mark(), path_, "'topic' is missing: the pipeline reads several topics",
               config::suggest("", {words_.topics.begin(), words_.topics.end()}));
    return {};
  }

  std::optional<std::string> decoded(const std::string& base64, const char* key) {
    std::optional<std::string> bytes = text::decode_base64(base64);
    if (!bytes) out_.error("invalid-value", node_.find(key)->mark(), join_path(path_, key), "expected base64");
    return bytes;
  }

  void read_value(InputRecord& record) {
    std::vector<std::string_view> given;
    for (const std::string_view key : kValues) {
      if (node_.find(key) != nullptr) given.push_back(key);
    }
    if (given.size() > 1) {
      out_.error("invalid-value", node_.find(given[1])->mark(), path_,
                 "'" + std::string(given[0]) + "' and '" + std::string(given[1]) + "' both say the value",
                 "keep one of them");
      return;
    }
    if (given.empty()) {
      out_.error("missing-key", node_.mark(), path_, "the record has no value",
                 "add 'value: ...', 'json: ...' or 'file: ...'; a tombstone is 'null: true'");
      return;
    }
    if (given.front() == "file")
      record.value = read_input_file(*node_.find("file"), join_path(path_, "file"), words_, out_);
    else if (given.front() == "json")
      record.value = json_of_node(options_.json);
    else if (given.front() == "value_base64")
      record.value = decoded(options_.value_base64, "value_base64");
    else if (given.front() == "value")
      record.value = bytes_of(options_.value);
    else if (!options_.null)
      out_.error("invalid-value", node_.find("null")->mark(), path_, "'null' is true, or is not written");
  }

  static std::optional<std::string> bytes_of(const Node& value) {
    if (value.kind() == Node::Kind::null) return std::nullopt;
    return value.kind() == Node::Kind::scalar ? value.text() : json_of_node(value);
  }

 public:
  static void check_topic(const std::string& topic, const Vocabulary& words, const Node& written,
                          const std::string& path, Diagnostics& out) {
    if (words.reads(topic)) return;
    out.error("unknown-topic", written.mark(), path,
              "the pipeline does not read the topic " + config::quote(topic) + ", so nothing would come of the record",
              config::suggest(topic, {words.topics.begin(), words.topics.end()}));
  }
  static std::optional<std::string> value_bytes(const Node& value) { return bytes_of(value); }

 private:
  const Node& node_;
  const std::string& path_;
  const Vocabulary& words_;
  Diagnostics& out_;
  RecordOptions options_;
};

}  // namespace

bool is_short_record(const Node& node, const Vocabulary& words) {
  return node.members().size() == 1 &&
         std::ranges::find(words.topics, node.members().front().key) != words.topics.end();
}

std::optional<Put> read_record(const Node& node, const std::string& path, const Vocabulary& words, Diagnostics& out) {
  if (is_short_record(node, words)) {
    auto record = std::make_shared<InputRecord>();
    record->topic = node.members().front().key;
    record->value = RecordReader::value_bytes(node.members().front().value);
    return Put{std::move(record)};
  }
  return RecordReader(node, path, words, out).read();
}

std::vector<Put> read_lines(const Node& node, const std::string& path, const Vocabulary& words, Diagnostics& out) {
  std::vector<Put> puts;
  const std::optional<std::string> text = read_input_file(node, path, words, out);
  if (!text) return puts;
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < text->size();) {
    const std::size_t end = std::min(text->find('\n', begin), text->size());
    const std::string_view line(text->data() + begin, end - begin);
    begin = end + 1;
    ++number;
    if (line.empty()) continue;
    const config::Mark place{std::make_shared<const std::string>(node.text()), static_cast<std::uint32_t>(number), 0};
    const std::optional<Node> document = node_of_json(line);
    if (!document) {
      out.error("invalid-value", node.mark(), path, place.str() + " is no JSON");
      return puts;
    }
    config::Diagnostics found;
    if (std::optional<Put> put = read_record(*document, path, words, found)) {
      puts.push_back(std::move(*put));
      continue;
    }
    for (const config::Diagnostic& finding : found.all())
      out.error(finding.code, node.mark(), path, place.str() + ": " + finding.message, finding.hint);
    return puts;
  }
  return puts;
}

}  // namespace weir::testkit
