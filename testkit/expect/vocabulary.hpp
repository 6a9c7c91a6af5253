// Vocabulary: the names of one pipeline that its tests may use.
#pragma once

#include "pipeline/topology/topology.hpp"
#include "testkit/expect/observed.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::testkit {

// What a sink of that type writes. A type that is not known is looked at by what it is given.
Output::Kind kind_of_sink(std::string_view type);

// Made of the plan, so that a test that names what is not there is a finding and no surprise.
//
// Lifetime: a plain value. Executor: any. Cancellation, Errors: none.
struct Vocabulary {
  std::vector<std::string> topics;  // that the source reads, as they are written
  std::vector<std::function<bool(const std::string&)>>
      takes;  // of those that are expressions: whether they take a name
  std::vector<std::pair<std::string, Output::Kind>> sinks;
  std::vector<std::pair<std::string, std::string>> connections;  // name and kind, of those that the pipeline uses
  std::filesystem::path directory;                               // of the file: paths in a test begin there

  static Vocabulary of(const PipelinePlan& pipeline, std::filesystem::path directory);
  // A test of this pipeline may say that name.
  bool reads(const std::string& topic) const;
  std::optional<Output::Kind> sink(std::string_view name) const;
  // The connections of that kind.
  std::vector<std::string> connections_of(std::string_view kind) const;
};

}  // namespace weir::testkit
