#include "pipeline/admin/exposition.hpp"

#include "pipeline/admin/metric_table.hpp"
#include "pipeline/text/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace weir::admin {

namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// [a-zA-Z_][a-zA-Z0-9_]*, and colons too where they may be.
std::string valid_name(std::string_view name, bool colons) {
  std::string out;
  for (const char c : name) out.push_back(is_letter(c) || is_digit(c) || (colons && c == ':') ? c : '_');
  if (out.empty() || is_digit(out.front())) out.insert(out.begin(), '_');
  return out;
}

void append_escaped(std::string& out, std::string_view text, bool quotes) {
  while (!text.empty()) {
    const std::string_view character = text::take_character(text);
    if (character == "\\") {
      out += "\\\\";
    } else if (character == "\n") {
      out += "\\n";
    } else if (quotes && character == "\"") {
      out += "\\\"";
    } else {
      out += character;
    }
  }
}

void append_number(std::string& out, double number) {
  if (std::isnan(number)) {
    out += "NaN";
  } else if (std::isinf(number)) {
    out += number > 0 ? "+Inf" : "-Inf";
  } else {
    char text[32];
    const auto [end, failure] = std::to_chars(text, text + sizeof text, number);
    out.append(text, end);
  }
}

void append_number(std::string& out, std::uint64_t number) {
  out += std::to_string(number);
}

// a="b",c="d": sorted, each name once.
std::string written(const Labels& labels) {
  std::map<std::string, std::string_view> sorted;
  for (const auto& [name, value] : labels) {
    std::string valid = valid_name(name, false);
    if (valid.starts_with("__")) valid.erase(0, 1);  // two underscores are Prometheus' own
    sorted.emplace(std::move(valid), value);
  }
  std::string out;
  for (const auto& [name, value] : sorted) {
    out += (out.empty() ? "" : ",") + name + "=\"";
    append_escaped(out, value, true);
    out += '"';
  }
  return out;
}

template <class Number>
void append_line(std::string& out, std::string_view name, std::string_view labels, Number value) {
  out += name;
  if (!labels.empty()) {
    out += '{';
    out += labels;
    out += '}';
  }
  out += ' ';
  append_number(out, value);
  out += '\n';
}

void append_buckets(std::string& out, const std::string& name, const std::string& labels, const Histogram& histogram) {
  const std::string front = labels.empty() ? "le=\"" : labels + ",le=\"";
  const auto totals = histogram.cumulative();
  // The last one also holds all that is larger: it is +Inf.
  for (std::size_t bucket = 0; bucket + 1 < Histogram::kBuckets; ++bucket) {
    std::string bound = front;
    append_number(bound, histogram.upper_bound(bucket));
    append_line(out, name + "_bucket", bound + "\"", totals[bucket]);
  }
  append_line(out, name + "_bucket", front + "+Inf\"", totals.back());
  append_line(out, name + "_sum", labels, histogram.sum());
  append_line(out, name + "_count", labels, totals.back());
}

}  // namespace

std::string_view to_string(MetricType type) {
  switch (type) {
    case MetricType::counter:
      return "counter";
    case MetricType::gauge:
      return "gauge";
    case MetricType::histogram:
      return "histogram";
  }
  return "untyped";
}

std::string* Exposition::place_for(MetricType type, const std::string& name, const std::string& labels) {
  const auto [family, is_new] = families_.try_emplace(name, Family{type, {}});
  if (family->second.type != type) return nullptr;
  const auto [place, is_first] = family->second.series.try_emplace(labels);
  return is_first ? &place->second : nullptr;
}

void Exposition::add(std::string_view name, const Labels& labels, const Counter& counter) {
  const std::string family = valid_name(name, true);
  const std::string written_labels = written(labels);
  if (std::string* lines = place_for(MetricType::counter, family, written_labels))
    append_line(*lines, family, written_labels, counter.value());
}

void Exposition::add(std::string_view name, const Labels& labels, const Gauge& gauge) {
  add(MetricType::gauge, name, labels, gauge.in_unit());
}

void Exposition::add(std::string_view name, const Labels& labels, const Histogram& histogram) {
  const std::string family = valid_name(name, true);
  const std::string written_labels = written(labels);
  if (std::string* lines = place_for(MetricType::histogram, family, written_labels))
    append_buckets(*lines, family, written_labels, histogram);
}

void Exposition::add(MetricType counter_or_gauge, std::string_view name, const Labels& labels, double value) {
  const std::string family = valid_name(name, true);
  const std::string written_labels = written(labels);
  if (std::string* lines = place_for(counter_or_gauge, family, written_labels))
    append_line(*lines, family, written_labels, value);
}

std::string Exposition::text() const {
  std::string out;
  for (const auto& [name, family] : families_) {
    if (const MetricRow* row = find_metric(name)) {
      out += "# HELP " + name + " ";
      append_escaped(out, row->help, false);
      out += '\n';
    }
    out += "# TYPE " + name + " " + std::string(to_string(family.type)) + "\n";
    for (const auto& [labels, lines] : family.series) out += lines;
  }
  return out;
}

}  // namespace weir::admin
