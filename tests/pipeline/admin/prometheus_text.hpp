// A strict reader of Prometheus' text format 0.0.4: refuses what Prometheus refuses, and what `promtool check metrics`
// complains of.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace weir::admin::testing {

struct Sample {
  std::string name;  // with _bucket, _sum, _count where it is of a histogram
  std::map<std::string, std::string> labels;
  double value = 0;
};

struct MetricFamily {
  std::string type;
  std::string help;
  std::vector<Sample> samples;
  std::set<std::string> label_names() const;  // but for le
};

struct PrometheusText {
  std::map<std::string, MetricFamily> families;
  std::vector<std::string> problems;  // "line 3: …"

  // The value of the one series of that name that has these labels, among others; a problem otherwise: NaN.
  double value(const std::string& name, const std::map<std::string, std::string>& labels = {}) const;
};

PrometheusText read_prometheus_text(std::string_view text);

}  // namespace weir::admin::testing
