// Exposition: series as Prometheus reads them, text format 0.0.4.
#pragma once

#include "pipeline/base/metrics.hpp"

#include <map>
#include <string>
#include <string_view>

namespace weir::admin {

inline constexpr std::string_view kExpositionType = "text/plain; version=0.0.4; charset=utf-8";

enum class MetricType : std::uint8_t { counter, gauge, histogram };
std::string_view to_string(MetricType type);

// Collects series and writes them family by family. Whatever comes in, what goes out is valid: names and label names
// are made so, values are escaped, a series stands there once (the first counts), a family has one type.
//
// Lifetime: of one answer. Executor: one. Cancellation, Errors: none.
class Exposition {
 public:
  void add(std::string_view name, const Labels& labels, const Counter& counter);
  void add(std::string_view name, const Labels& labels, const Gauge& gauge);
  void add(std::string_view name, const Labels& labels, const Histogram& histogram);
  // What is only known when somebody asks.
  void add(MetricType counter_or_gauge, std::string_view name, const Labels& labels, double value);

  // Each family with its help, from metric_table.hpp where it is there.
  std::string text() const;

 private:
  struct Family {
    MetricType type = MetricType::gauge;
    std::map<std::string, std::string> series;  // by their labels as they are written: the lines of each
  };
  // The place for the lines of a series; nullptr: it has some already, or its family is of another type.
  std::string* place_for(MetricType type, const std::string& name, const std::string& labels);

  std::map<std::string, Family> families_;
};

}  // namespace weir::admin
