// What `weir check` asks a connection about, and what it answers.
#pragma once

#include "pipeline/base/clock.hpp"
#include "pipeline/description.hpp"

#include <string>
#include <vector>

namespace weir {

// What the enabled pipelines want of one connection.
struct CheckRequest {
  struct Need {
    Use use;                    // a topic or stream at this connection
    std::string by;             // who wants it: "pipelines.orders.sinks.dlq"
    bool dead_letters = false;  // it takes dead letters: where it is not there, a bad event stops its pipeline
  };
  std::vector<Need> needs;
  std::vector<std::string> groups;  // whose members share what is read
  Duration patience = std::chrono::seconds(10);
};

// One thing that was looked at.
struct CheckLine {
  enum class State {
    ok,
    warning,  // pipelines run, but not as one would expect
    failed,   // a pipeline would not get on
  };
  State state = State::ok;
  std::string what;       // "topic orders"
  std::string text;       // how it is: "6 partitions"
  std::string cure = {};  // what to do where it is not ok

  static CheckLine ok(std::string what, std::string text) { return {State::ok, std::move(what), std::move(text)}; }
  static CheckLine warning(std::string what, std::string text, std::string cure) {
    return {State::warning, std::move(what), std::move(text), std::move(cure)};
  }
  static CheckLine failed(std::string what, std::string text, std::string cure) {
    return {State::failed, std::move(what), std::move(text), std::move(cure)};
  }
};

}  // namespace weir
