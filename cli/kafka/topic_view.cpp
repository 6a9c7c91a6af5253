#include "cli/kafka/topic_view.hpp"

#include "cli/terminal/table.hpp"
#include "pipeline/text/json_writer.hpp"

namespace weir::cli {

namespace {

using connectors::kafka::OffsetRange;
using connectors::kafka::PartitionInfo;
using connectors::kafka::TopicSetting;
using text::JsonWriter;

std::string ids_with(const std::vector<int>& ids, std::string_view separator) {
  std::string out;
  for (const int id : ids) {
    if (!out.empty()) out += separator;
    out += std::to_string(id);
  }
  return out;
}

std::string counted(std::uint64_t number, std::string_view what) {
  return grouped(number) + " " + std::string(what) + (number == 1 ? "" : "s");
}

bool is_shown(const TopicSetting& setting, bool all) {
  return all || !setting.is_default;
}

std::string known_or_dash(Offset offset) {
  return offset < 0 ? "-" : std::to_string(offset);
}

// A negative number stands for one that is not known.
void write_known(JsonWriter& json, std::string_view name, std::int64_t number) {
  if (number < 0) return json.null_member(name);
  json.member(name, number);
}

void write_ids(JsonWriter& json, std::string_view name, const std::vector<int>& ids) {
  json.key(name);
  json.begin_array();
  for (const int id : ids) json.value(id);
  json.end_array();
}

void write_partition(JsonWriter& json, const PartitionInfo& partition, const OffsetRange& range) {
  json.begin_object();
  json.member("partition", partition.id);
  write_known(json, "leader", partition.leader);
  write_ids(json, "replicas", partition.replicas);
  write_ids(json, "in_sync", partition.in_sync);
  write_known(json, "start", range.start);
  write_known(json, "end", range.end);
  json.end_object();
}

std::string render_settings(const TopicDetails& details, bool colours) {
  std::string out;
  for (const TopicSetting& setting : details.settings) {
    if (!is_shown(setting, details.all_settings)) continue;
    const std::string value = setting.value ? printable(*setting.value) : "(secret)";
    const std::string line = "  " + printable(setting.name) + "=" + value;
    out += coloured(line, setting.is_default ? Colour::grey : Colour::none, colours) + "\n";
  }
  if (out.empty()) return "\nno settings of its own; --all-configs shows the defaults\n";
  return "\nsettings\n" + out;
}

}  // namespace

std::optional<std::uint64_t> count_records(const std::vector<OffsetRange>& ranges) {
  std::uint64_t records = 0;
  for (const OffsetRange& range : ranges) {
    if (!range.known()) return std::nullopt;
    records += static_cast<std::uint64_t>(range.end - range.start);
  }
  return records;
}

std::string render_topics(const std::vector<TopicEntry>& entries, bool with_records, bool colours) {
  std::vector<Table::Column> columns = {{"TOPIC"}, {"PARTITIONS", true}, {"REPLICAS", true}};
  if (with_records) columns.push_back({"RECORDS", true});
  Table table(std::move(columns));
  for (const TopicEntry& entry : entries) {
    std::vector<Table::Cell> row = {{printable(entry.topic.name), Colour::bold},
                                    {std::to_string(entry.topic.partitions.size())},
                                    {std::to_string(entry.topic.replicas())}};
    if (with_records) row.emplace_back(entry.records ? grouped(*entry.records) : "?");
    table.add(std::move(row));
  }
  return table.str(colours);
}

std::string render_topic_entry_json(const TopicEntry& entry) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.member("topic", entry.topic.name);
  json.member("partitions", entry.topic.partitions.size());
  json.member("replicas", entry.topic.replicas());
  if (entry.records) json.member("records", *entry.records);
  json.end_object();
  return out + "\n";
}

std::string render_topic(const TopicDetails& details, bool colours) {
  const std::optional<std::uint64_t> records = count_records(details.ranges);
  std::string out = coloured(printable(details.topic.name), Colour::bold, colours) + ": " +
                    counted(details.topic.partitions.size(), "partition") + ", " +
                    counted(details.topic.replicas(), "replica") + ", " +
                    (records ? counted(*records, "record") : "records not known") + "\n";
  Table table({{"PARTITION", true}, {"LEADER", true}, {"REPLICAS"}, {"IN SYNC"}, {"START", true}, {"END", true}});
  for (std::size_t i = 0; i < details.topic.partitions.size(); ++i) {
    const PartitionInfo& partition = details.topic.partitions[i];
    const Colour leader = partition.leader < 0 ? Colour::red : Colour::none;
    const Colour in_sync = partition.in_sync.size() < partition.replicas.size() ? Colour::yellow : Colour::none;
    table.add({{std::to_string(partition.id), Colour::cyan},
               {partition.leader < 0 ? "none" : std::to_string(partition.leader), leader},
               {ids_with(partition.replicas, " ")},
               {ids_with(partition.in_sync, " "), in_sync},
               {known_or_dash(details.ranges[i].start)},
               {known_or_dash(details.ranges[i].end)}});
  }
  return out + table.str(colours) + render_settings(details, colours);
}

std::string render_topic_json(const TopicDetails& details) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.member("topic", details.topic.name);
  json.key("partitions");
  json.begin_array();
  for (std::size_t i = 0; i < details.topic.partitions.size(); ++i) {
    write_partition(json, details.topic.partitions[i], details.ranges[i]);
  }
  json.end_array();
  json.key("configs");
  json.begin_object();
  for (const TopicSetting& setting : details.settings) {
    if (is_shown(setting, details.all_settings)) json.member(setting.name, setting.value);
  }
  json.end_object();
  json.end_object();
  return out + "\n";
}

}  // namespace weir::cli
