// Expectation: what a test says must have come of its input.
#pragma once

#include "pipeline/base/clock.hpp"
#include "pipeline/base/units.hpp"
#include "pipeline/config/node.hpp"
#include "testkit/expect/matcher.hpp"
#include "testkit/expect/observed.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir::testkit {

// One output as it must be. Fields that are not mentioned do not matter; none at all: any output.
struct ExpectedItem {
  std::vector<std::pair<std::string, Matcher>> fields;
  std::vector<std::pair<std::string, Matcher>> headers;
  config::Node written;  // for the report
};

// What one sink, stream, topic or file must hold in the end.
struct ExpectedList {
  enum class Order : std::uint8_t {
    exact,     // these items in this order, and no others
    any,       // these items in any order, and no others
    contains,  // these items in any order, and any others
  };
  std::optional<std::uint64_t> count;
  std::optional<std::vector<ExpectedItem>> items;
  Order order = Order::exact;
  config::Mark mark;
};

template <class T>
struct Bounds {
  T least{};
  T most = std::numeric_limits<T>::max();
  bool hold(const T& value) const { return !(value < least) && !(most < value); }
};

// A figure, and where the test says it.
template <class T>
struct Expected {
  T value;
  config::Mark mark;
};

struct ExpectedMetric {
  std::string written;  // 'weir_messages_dropped_total{reason="duplicate"}'
  std::string name;
  Labels labels;  // series that have these count; several are added up
  Bounds<double> value;
  config::Mark mark;
};

struct Expectation {
  enum class Where : std::uint8_t { sink, stream, topic, file };
  struct Place {
    Where where = Where::sink;
    std::string name;
    Output::Kind kind = Output::Kind::event;
    ExpectedList list;
  };
  std::vector<Place> places;
  bool allow_other = false;  // what no place speaks of may be there, too
  std::vector<Expected<std::pair<std::pair<std::string, Partition>, Offset>>> committed;
  std::vector<Expected<std::pair<std::string, std::uint64_t>>> dropped;
  bool all_dropped = false;  // `dropped` is written, so that reasons it does not name may not occur
  std::optional<Expected<std::uint64_t>> duplicates;
  std::optional<Expected<Bounds<std::uint64_t>>> retries;
  std::optional<Expected<std::vector<Duration>>> retry_times;
  std::vector<ExpectedMetric> metrics;
  std::optional<Expected<Bounds<Duration>>> elapsed;
  std::optional<Expected<Pattern>> fails;
  std::optional<Expected<Pattern>> unfinished;
  config::Mark mark;
};

std::string_view to_string(Expectation::Where where);

}  // namespace weir::testkit
