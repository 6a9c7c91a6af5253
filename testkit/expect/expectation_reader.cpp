#include "testkit/expect/expectation_reader.hpp"

#include "pipeline/config/spec.hpp"
#include "testkit/expect/list_reader.hpp"

#include <algorithm>
#include <array>

namespace weir::testkit {

namespace {

using config::Diagnostics;
using config::join_path;
using config::Node;

struct ElapsedOptions {
  std::optional<Duration> min;
  std::optional<Duration> max;
};

Spec<ElapsedOptions> elapsed_spec() {
  Spec<ElapsedOptions> spec("Virtual time from the start until nothing is left to do.");
  spec.option("min", &ElapsedOptions::min, "It took at least so long.");
  spec.option("max", &ElapsedOptions::max, "It took at most so long.");
  return spec;
}

struct NumberOptions {
  std::optional<double> min;
  std::optional<double> max;
};

Spec<NumberOptions> number_spec() {
  Spec<NumberOptions> spec("A number.");
  spec.option("min", &NumberOptions::min, "At least so much.");
  spec.option("max", &NumberOptions::max, "At most so much.");
  return spec;
}

struct FigureOptions {
  std::optional<std::int64_t> min;
  std::optional<std::int64_t> max;
};

Spec<FigureOptions> figure_spec() {
  Spec<FigureOptions> spec("A figure.");
  spec.option("min", &FigureOptions::min, "At least so many.");
  spec.option("max", &FigureOptions::max, "At most so many.");
  return spec;
}

// "orders/0", or "orders", which is partition 0.
std::optional<std::pair<std::string, Partition>> parse_partition(const std::string& text) {
  const std::size_t slash = text.rfind('/');
  if (slash == std::string::npos) return std::pair(text, Partition{0});
  const std::string digits = text.substr(slash + 1);
  if (slash == 0 || digits.empty() || digits.size() > 9 || digits.find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  return std::pair(text.substr(0, slash), static_cast<Partition>(std::stol(digits)));
}

// NAME, or NAME{label="value",…} as Prometheus writes it.
bool parse_series(std::string_view text, std::string& name, Labels& labels) {
  const std::size_t brace = text.find('{');
  name = text.substr(0, brace);
  if (name.empty()) return false;
  if (brace == std::string_view::npos) return true;
  if (!text.ends_with('}')) return false;
  std::string_view rest = text.substr(brace + 1, text.size() - brace - 2);
  while (!rest.empty()) {
    const std::size_t equals = rest.find("=\"");
    if (equals == 0 || equals == std::string_view::npos) return false;
    const std::size_t end = rest.find('"', equals + 2);
    if (end == std::string_view::npos) return false;
    labels.emplace_back(rest.substr(0, equals), rest.substr(equals + 2, end - equals - 2));
    rest.remove_prefix(end + 1);
    if (rest.empty()) break;
    if (!rest.starts_with(',')) return false;
    rest.remove_prefix(rest.starts_with(", ") ? 2 : 1);
  }
  return true;
}

class ExpectationReader {
 public:
  ExpectationReader(const std::string& path, const Vocabulary& words, Diagnostics& out)
      : path_(path), words_(words), out_(out) {}

  Expectation read(const Node& node) {
    expect_.mark = node.mark();
    if (node.kind() != Node::Kind::mapping) {
      config::wrong_type(node, {path_, false, out_},
                         "a mapping of what must come of the input, such as { " + a_sink() + ": { count: 1 } }");
      return std::move(expect_);
    }
    for (const Node::Member& member : node.members()) read_member(member);
    return std::move(expect_);
  }

 private:
  using Read = void (ExpectationReader::*)(const Node&, const std::string&);
  struct Key {
    std::string_view name;
    Read read;
  };
  static constexpr std::size_t kKeyCount = 12;
  static const std::array<Key, kKeyCount>& keys() {
    using R = ExpectationReader;
    static const std::array<Key, kKeyCount> kKeys{{{"sinks", &R::read_sinks},
                                                   {"streams", &R::read_streams},
                                                   {"topics", &R::read_topics},
                                                   {"files", &R::read_files},
                                                   {"committed", &R::read_committed},
                                                   {"dropped", &R::read_dropped},
                                                   {"duplicates", &R::read_duplicates},
                                                   {"retries", &R::read_retries},
                                                   {"metrics", &R::read_metrics},
                                                   {"elapsed", &R::read_elapsed},
                                                   {"fails", &R::read_fails},
                                                   {"unfinished", &R::read_unfinished}}};
    return kKeys;
  }

  void read_member(const Node::Member& member) {
    const std::string its_path = join_path(path_, member.key);
    if (member.key == "allow_other") {
      config::read_bool(member.value, {its_path, false, out_}, expect_.allow_other);
      return;
    }
    for (const Key& key : keys()) {
      if (key.name == member.key) return (this->*key.read)(member.value, its_path);
    }
    if (const std::optional<Output::Kind> kind = words_.sink(member.key))
      return add(Expectation::Where::sink, member, its_path, *kind);
    refuse(member);
  }

  void refuse(const Node::Member& member) {
    std::vector<std::string_view> known;
    std::string sinks;
    for (const auto& [sink, kind] : words_.sinks) {
      known.push_back(sink);
      sinks += (sinks.empty() ? "" : ", ") + sink;
    }
    std::string others = "allow_other";
    known.emplace_back("allow_other");
    for (const Key& key : keys()) {
      known.push_back(key.name);
      others.append(", ").append(key.name);
    }
    const std::string_view near = config::nearest(member.key, known);
    out_.error("unknown-key", member.mark, path_,
               config::quote(member.key) + " is neither a sink of this pipeline (" + sinks + ") nor one of " + others,
               near.empty() ? "" : "did you mean '" + std::string(near) + "'?");
  }

  void add(Expectation::Where where, const Node::Member& member, const std::string& path, Output::Kind kind) {
    expect_.places.push_back({where, member.key, kind, read_list(member.value, path, kind, out_)});
    expect_.places.back().list.mark = member.mark;
  }

  // Whether it is a mapping; else a finding.
  bool is_mapping(const Node& node, const std::string& path, std::string_view example) {
    if (node.kind() == Node::Kind::mapping) return true;
    config::wrong_type(node, {path, false, out_}, "a mapping, such as " + std::string(example));
    return false;
  }

  void read_places(const Node& node, const std::string& path, Expectation::Where where, Output::Kind kind,
                   std::string_view example) {
    if (!is_mapping(node, path, example)) return;
    for (const Node::Member& member : node.members()) add(where, member, join_path(path, member.key), kind);
  }
  void read_streams(const Node& node, const std::string& path) {
    read_places(node, path, Expectation::Where::stream, Output::Kind::event, "{ Order-1: [ OrderPlaced ] }");
  }
  void read_topics(const Node& node, const std::string& path) {
    read_places(node, path, Expectation::Where::topic, Output::Kind::record, "{ orders.dlq: { count: 1 } }");
  }
  void read_files(const Node& node, const std::string& path) {
    read_places(node, path, Expectation::Where::file, Output::Kind::line, "{ events.jsonl: { count: 1 } }");
  }
  void read_sinks(const Node& node, const std::string& path) {
    if (!is_mapping(node, path, "{ " + a_sink() + ": { count: 1 } }")) return;
    std::vector<std::string_view> names;
    for (const auto& [sink, kind] : words_.sinks) names.push_back(sink);
    for (const Node::Member& member : node.members()) {
      if (const std::optional<Output::Kind> kind = words_.sink(member.key)) {
        add(Expectation::Where::sink, member, join_path(path, member.key), *kind);
        continue;
      }
      out_.error("unknown-key", member.mark, path, "the pipeline has no sink " + config::quote(member.key),
                 config::suggest(member.key, names));
    }
  }

  void read_committed(const Node& node, const std::string& path) {
    if (!is_mapping(node, path, "{ orders/0: 3 }, the next offset of each partition")) return;
    for (const Node::Member& member : node.members()) {
      const std::string its_path = join_path(path, member.key);
      std::uint64_t offset = 0;
      constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<Offset>::max());
      if (!config::read_unsigned(member.value, {its_path, false, out_}, kMost, offset)) continue;
      const auto partition = parse_partition(member.key);
      if (!partition) {
        out_.error("invalid-value", member.mark, its_path, config::quote(member.key) + " names no partition",
                   "write TOPIC/PARTITION, such as orders/0");
      } else if (!words_.reads(partition->first)) {
        out_.error("unknown-topic", member.mark, its_path,
                   "the pipeline does not read the topic " + config::quote(partition->first),
                   config::suggest(partition->first, {words_.topics.begin(), words_.topics.end()}));
      } else {
        expect_.committed.push_back({{*partition, static_cast<Offset>(offset)}, member.mark});
      }
    }
  }

  void read_dropped(const Node& node, const std::string& path) {
    if (!is_mapping(node, path, "{ duplicate: 1 }; {} for none")) return;
    expect_.all_dropped = true;
    for (const Node::Member& member : node.members()) {
      std::uint64_t count = 0;
      if (config::read_unsigned(member.value, {join_path(path, member.key), false, out_}, UINT64_MAX, count))
        expect_.dropped.push_back({{member.key, count}, member.mark});
    }
  }

  void read_duplicates(const Node& node, const std::string& path) {
    std::uint64_t count = 0;
    if (config::read_unsigned(node, {path, false, out_}, UINT64_MAX, count)) expect_.duplicates = {count, node.mark()};
  }

  void read_retries(const Node& node, const std::string& path) {
    if (node.kind() == Node::Kind::sequence) {
      std::vector<Duration> times;
      if (config::Value<std::vector<Duration>>::read(node, {path, false, out_}, times))
        expect_.retry_times = {std::move(times), node.mark()};
      return;
    }
    if (const auto bounds = read_figure(node, path)) {
      const std::uint64_t most = static_cast<std::uint64_t>(std::max<std::int64_t>(bounds->most, 0));
      expect_.retries = {{static_cast<std::uint64_t>(std::max<std::int64_t>(bounds->least, 0)), most}, node.mark()};
    }
  }

  void read_metrics(const Node& node, const std::string& path) {
    if (!is_mapping(node, path, "{ weir_messages_consumed_total: 3 }")) return;
    for (const Node::Member& member : node.members()) {
      ExpectedMetric metric;
      metric.written = member.key;
      metric.mark = member.mark;
      const std::optional<Bounds<double>> value = read_number(member.value, join_path(path, member.key));
      if (!parse_series(member.key, metric.name, metric.labels)) {
        out_.error("invalid-value", member.mark, path, config::quote(member.key) + " is not the name of a metric",
                   "write 'NAME' or 'NAME{label=\"value\"}'");
      } else if (value) {
        metric.value = *value;
        expect_.metrics.push_back(std::move(metric));
      }
    }
  }

  // A value that is neither a mapping nor missing has its finding already.
  bool has_bound(const Node& node, const std::string& path, std::string_view example) {
    const auto says = [&node](std::string_view key) {
      const Node* bound = node.find(key);
      return bound != nullptr && bound->kind() != Node::Kind::null;
    };
    if (node.kind() == Node::Kind::sequence || says("min") || says("max")) return true;
    out_.error("missing-key", node.mark(), path, "there is neither 'min' nor 'max': whatever comes would pass",
               "write for instance " + std::string(example) + ", or remove it");
    return false;
  }

  // A value of a metric, which may be a part of a second: a number, or { min, max }.
  std::optional<Bounds<double>> read_number(const Node& node, const std::string& path) {
    Bounds<double> bounds{std::numeric_limits<double>::lowest(), std::numeric_limits<double>::max()};
    if (node.kind() == Node::Kind::mapping) {
      static const Spec<NumberOptions> kSpec = number_spec();
      const NumberOptions options = kSpec.parse(node, path, out_);
      if (!has_bound(node, path, "{ min: 1, max: 3 }")) return std::nullopt;
      return Bounds<double>{options.min.value_or(bounds.least), options.max.value_or(bounds.most)};
    }
    double exact = 0;
    if (!config::read_double(node, {path, false, out_}, exact)) return std::nullopt;
    return Bounds<double>{exact, exact};
  }

  // A count, or { min, max }.
  std::optional<Bounds<std::int64_t>> read_figure(const Node& node, const std::string& path) {
    Bounds<std::int64_t> bounds{std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
    if (node.kind() == Node::Kind::mapping) {
      static const Spec<FigureOptions> kSpec = figure_spec();
      const FigureOptions options = kSpec.parse(node, path, out_);
      if (!has_bound(node, path, "{ min: 1, max: 3 }")) return std::nullopt;
      if (options.min) bounds.least = *options.min;
      if (options.max) bounds.most = *options.max;
      return bounds;
    }
    std::int64_t exact = 0;
    if (!config::read_signed(node, {path, false, out_}, bounds.least, bounds.most, exact)) return std::nullopt;
    return Bounds<std::int64_t>{exact, exact};
  }

  void read_elapsed(const Node& node, const std::string& path) {
    static const Spec<ElapsedOptions> kSpec = elapsed_spec();
    Bounds<Duration> bounds{Duration::zero(), Duration::max()};
    if (node.kind() == Node::Kind::scalar) {
      if (!config::read_duration(node, {path, false, out_}, bounds.least)) return;
      bounds.most = bounds.least;
    } else {
      const ElapsedOptions options = kSpec.parse(node, path, out_);
      if (!has_bound(node, path, "{ min: 10m, max: 11m }")) return;
      bounds = {options.min.value_or(bounds.least), options.max.value_or(bounds.most)};
    }
    expect_.elapsed = {bounds, node.mark()};
  }

  std::optional<Expected<Pattern>> read_pattern(const Node& node, const std::string& path) {
    std::string expression;
    if (!config::read_string(node, {path, false, out_}, expression)) return std::nullopt;
    Result<Pattern> pattern = Pattern::parse(expression);
    if (pattern.has_value()) return Expected<Pattern>{std::move(*pattern), node.mark()};
    out_.error("bad-regex", node.mark(), path, pattern.error().message(), "the syntax is RE2's");
    return std::nullopt;
  }
  void read_fails(const Node& node, const std::string& path) { expect_.fails = read_pattern(node, path); }
  void read_unfinished(const Node& node, const std::string& path) { expect_.unfinished = read_pattern(node, path); }

  std::string a_sink() const { return words_.sinks.empty() ? "events" : words_.sinks.front().first; }

  const std::string& path_;
  const Vocabulary& words_;
  Diagnostics& out_;
  Expectation expect_;
};

}  // namespace

std::string_view to_string(Expectation::Where where) {
  switch (where) {
    case Expectation::Where::sink:
      return "sink";
    case Expectation::Where::stream:
      return "stream";
    case Expectation::Where::topic:
      return "topic";
    case Expectation::Where::file:
      return "file";
  }
  return "place";
}

Expectation read_expectation(const Node& node, const std::string& path, const Vocabulary& words, Diagnostics& out) {
  return ExpectationReader(path, words, out).read(node);
}

}  // namespace weir::testkit
