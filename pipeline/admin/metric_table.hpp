// The metrics of weir: one table of names, labels and meanings. Help texts, docs/reference/metrics.md and the tests that
// compare what is exposed with what is promised all come from it.
#pragma once

#include "pipeline/admin/exposition.hpp"

#include <span>
#include <string>
#include <string_view>

namespace weir::admin {

struct MetricRow {
  std::string_view name;
  MetricType type = MetricType::gauge;
  std::string_view labels;  // "pipeline, reason"
  std::string_view help;
};

// Rows that belong together, under a heading.
struct MetricGroup {
  std::string_view title;
  std::string_view about;
  std::span<const MetricRow> rows;
};

std::span<const MetricGroup> metric_groups();
// nullptr: a metric of a component that weir does not ship.
const MetricRow* find_metric(std::string_view name);
// docs/reference/metrics.md.
std::string render_metrics_reference();

}  // namespace weir::admin
