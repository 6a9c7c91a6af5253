#include "tests/pipeline/admin/prometheus_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <regex>

namespace weir::admin::testing {

namespace {

// [a-zA-Z_][a-zA-Z0-9_]*, and colons too in the name of a metric.
bool is_name(std::string_view text, bool of_metric) {
  const auto is_good = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (of_metric && c == ':');
  };
  return !text.empty() && !(text.front() >= '0' && text.front() <= '9') &&
         std::all_of(text.begin(), text.end(), is_good);
}

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

class Reader {
 public:
  PrometheusText read(std::string_view text) {
    if (!text.empty() && text.back() != '\n') problem("the last line does not end");
    while (!text.empty()) {
      ++line_;
      const std::size_t end = std::min(text.find('\n'), text.size());
      read_line(std::string(text.substr(0, end)));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    line_ = 0;
    for (const auto& [name, family] : out_.families) check_family(name, family);
    return std::move(out_);
  }

 private:
  void problem(const std::string& what) {
    out_.problems.push_back((line_ > 0 ? "line " + std::to_string(line_) + ": " : std::string()) + what);
  }

  void read_line(const std::string& line) {
    if (line.empty()) return problem("an empty line");
    if (line.front() != '#') return read_sample(line);
    static const std::regex kHelp("# HELP ([^ ]+) (.*)");
    static const std::regex kType("# TYPE ([^ ]+) (counter|gauge|histogram|summary|untyped)");
    std::smatch found;
    if (std::regex_match(line, found, kHelp)) {
      MetricFamily& family = begin(found[1]);
      if (!family.help.empty()) problem("a second HELP of " + found[1].str());
      family.help = found[2];
      if (std::regex_search(family.help, std::regex(R"(\\[^\\n]|\\$)"))) problem("a bad escape in a help");
    } else if (std::regex_match(line, found, kType)) {
      MetricFamily& family = begin(found[1]);
      if (!family.type.empty()) problem("a second TYPE of " + found[1].str());
      if (!family.samples.empty()) problem("TYPE of " + found[1].str() + " after its samples");
      family.type = found[2];
    } else {
      problem("neither HELP nor TYPE: " + line);
    }
  }

  // The lines of a family stand together.
  MetricFamily& begin(const std::string& name) {
    if (!is_name(name, true)) problem("no name of a metric: " + name);
    if (name != current_ && out_.families.contains(name)) problem("the lines of " + name + " do not stand together");
    current_ = name;
    return out_.families[name];
  }

  std::string family_of(const std::string& sample) const {
    for (const std::string_view suffix : {"_bucket", "_sum", "_count"}) {
      if (!ends_with(sample, suffix)) continue;
      std::string base = sample.substr(0, sample.size() - suffix.size());
      const auto found = out_.families.find(base);
      if (found != out_.families.end() && found->second.type == "histogram") return base;
    }
    return sample;
  }

  void read_sample(const std::string& line) {
    const std::size_t name_end = line.find_first_of("{ ");
    Sample sample;
    sample.name = line.substr(0, name_end);
    if (!is_name(sample.name, true)) return problem("no sample: " + line);
    std::string_view rest = std::string_view(line).substr(std::min(name_end, line.size()));
    if (rest.starts_with('{') && !read_labels(rest, sample.labels)) return problem("bad labels: " + line);
    if (!rest.starts_with(' ')) return problem("no blank before the value: " + line);
    const std::optional<double> value = read_value(std::string(rest.substr(1)));
    if (!value) return problem("no value: " + line);
    sample.value = *value;
    if (!seen_.insert({sample.name, sample.labels}).second) problem("a second time: " + line);
    MetricFamily& family = begin(family_of(sample.name));
    if (family.type.empty()) problem("no TYPE before: " + line);
    family.samples.push_back(std::move(sample));
  }

  bool read_labels(std::string_view& rest, std::map<std::string, std::string>& labels) {
    rest.remove_prefix(1);
    while (!rest.starts_with('}')) {
      const std::size_t equals = rest.find("=\"");
      if (equals == std::string_view::npos) return false;
      const std::string name(rest.substr(0, equals));
      if (!is_name(name, false) || name.starts_with("__")) return false;
      rest.remove_prefix(equals + 2);
      std::string value;
      while (!rest.empty() && rest.front() != '"') {
        if (rest.front() == '\\') {
          rest.remove_prefix(1);
          if (rest.empty() || std::string_view("\\\"n").find(rest.front()) == std::string_view::npos) return false;
          value.push_back(rest.front() == 'n' ? '\n' : rest.front());
        } else {
          value.push_back(rest.front());
        }
        rest.remove_prefix(1);
      }
      if (rest.empty() || !labels.emplace(name, value).second) return false;
      rest.remove_prefix(1);
      if (rest.starts_with(',')) rest.remove_prefix(1);
    }
    rest.remove_prefix(1);
    return true;
  }

  static std::optional<double> read_value(const std::string& text) {
    if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (text == "+Inf") return std::numeric_limits<double>::infinity();
    if (text == "-Inf") return -std::numeric_limits<double>::infinity();
    if (text.empty() || !(text.front() == '-' || (text.front() >= '0' && text.front() <= '9'))) return std::nullopt;
    double value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
    return value;
  }

  void check_family(const std::string& name, const MetricFamily& family) {
    if (family.help.empty()) problem(name + " has no help");
    if (family.samples.empty()) problem(name + " has no samples");
    if ((family.type == "counter") != ends_with(name, "_total")) problem(name + " ends, or does not end, in _total");
    if (std::regex_search(name, std::regex("(milli|micro|nano)seconds|_ms(_|$)|kilobytes|minutes|hours")))
      problem(name + " is in no base unit");
    for (const Sample& sample : family.samples) {
      if (family.type == "counter" && !(sample.value >= 0)) problem(name + " counts below zero");
    }
    if (family.type == "histogram") check_histogram(name, family);
  }

  void check_histogram(const std::string& name, const MetricFamily& family) {
    struct Series {
      double last_bound = -std::numeric_limits<double>::infinity();
      double last_total = 0;
      std::optional<double> sum, count;
    };
    std::map<std::map<std::string, std::string>, Series> all;
    for (const Sample& sample : family.samples) {
      std::map<std::string, std::string> labels = sample.labels;
      const std::string bound = labels.contains("le") ? labels.extract("le").mapped() : std::string();
      Series& series = all[labels];
      if (sample.name == name + "_sum") {
        series.sum = sample.value;
      } else if (sample.name == name + "_count") {
        series.count = sample.value;
      } else if (sample.name == name + "_bucket" && !bound.empty()) {
        const std::optional<double> le = read_value(bound);
        if (!le || !(*le > series.last_bound)) problem(name + ": buckets out of order at le=" + bound);
        if (sample.value < series.last_total) problem(name + ": buckets that sink at le=" + bound);
        series.last_bound = le.value_or(0);
        series.last_total = sample.value;
      } else {
        problem(name + ": not of a histogram: " + sample.name);
      }
    }
    for (const auto& [labels, series] : all) {
      if (!std::isinf(series.last_bound)) problem(name + ": no bucket +Inf at the end");
      if (!series.sum) problem(name + ": no sum");
      if (series.count != series.last_total) problem(name + ": the count is not that of +Inf");
    }
  }

  PrometheusText out_;
  std::size_t line_ = 0;
  std::string current_;
  std::set<std::pair<std::string, std::map<std::string, std::string>>> seen_;
};

}  // namespace

std::set<std::string> MetricFamily::label_names() const {
  std::set<std::string> names;
  for (const Sample& sample : samples) {
    for (const auto& [name, value] : sample.labels) names.insert(name);
  }
  names.erase("le");
  return names;
}

double PrometheusText::value(const std::string& name, const std::map<std::string, std::string>& labels) const {
  double found = std::numeric_limits<double>::quiet_NaN();
  std::size_t count = 0;
  for (const auto& [family_name, family] : families) {
    for (const Sample& sample : family.samples) {
      const bool has_all = std::all_of(labels.begin(), labels.end(), [&sample](const auto& wanted) {
        const auto at = sample.labels.find(wanted.first);
        return at != sample.labels.end() && at->second == wanted.second;
      });
      if (sample.name != name || !has_all) continue;
      ++count;
      found = sample.value;
    }
  }
  return count == 1 ? found : std::numeric_limits<double>::quiet_NaN();
}

PrometheusText read_prometheus_text(std::string_view text) {
  return Reader().read(text);
}

}  // namespace weir::admin::testing
