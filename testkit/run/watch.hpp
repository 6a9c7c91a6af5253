// Watch: looks on while a plan runs: what each stage and sink does to each message. The parts that do the work stay the
// real ones; each gets an onlooker around it.
#pragma once

#include "pipeline/base/clock.hpp"
#include "pipeline/message.hpp"
#include "pipeline/topology/topology.hpp"
#include "testkit/expect/observed.hpp"

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace weir::testkit {

// Lifetime: outlives the processes of the plans it was put around. Executor: one thread. Cancellation: none, it awaits
// nothing of its own. Errors: none.
class Watch {
 public:
  explicit Watch(const Clock& clock) : clock_(clock) {}
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // Puts onlookers around the stages and sinks of the plan. To be called with what is to run: whoever exchanges parts of
  // it has done so.
  void look_on(Topology& plan);
  // Times count from here.
  void begin() { begun_ = clock_.now(); }

  // In the order in which the messages were first seen.
  std::vector<Journey> journeys() const;
  // What sinks took that keep nothing which a test could find.
  const std::vector<Output>& taken() const { return taken_; }
  // The sink that was given what became of this; empty: none. A letter and its record may be the same bytes.
  std::string sink_of_event(const std::string& id) const;
  std::string sink_of_record(std::string_view payload, std::int64_t timestamp, bool letter) const;
  std::string sink_of_line(const std::string& line) const;

  // For the onlookers.
  void seen(const Message& message);
  void happened(const Message& message, std::string what, bool trouble = false);
  void offered(const std::string& sink, Output::Kind kind, bool letter, const Message& message);
  void took(const std::string& sink, const Message& message);

 private:
  using Place = std::tuple<std::string, Partition, Offset>;
  Journey& journey_of(const Message& message);

  const Clock& clock_;
  TimePoint begun_{};
  std::map<Place, std::size_t> places_;
  std::vector<Journey> journeys_;
  std::vector<Output> taken_;
  std::map<std::string, std::string> events_;
  std::map<std::tuple<std::string, std::int64_t, bool>, std::string> records_;
  std::map<std::string, std::string> lines_;
};

}  // namespace weir::testkit
