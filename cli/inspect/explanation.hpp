// What a configuration promises, and where that ends: the body of `weir explain`. It knows the engine and no component:
// what is said of those, they say themselves (pipeline/description.hpp).
#pragma once

#include "pipeline/topology/topology.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace weir::cli {

// What is said to one question.
struct Saying {
  std::string question;            // "a bad event"
  std::string key;                 // the same for scripts: "bad_event"
  std::vector<std::string> texts;  // sentences, each with who says it where that is a component: "decode: …"
};

// One way from the source to a sink.
struct PathExplanation {
  std::vector<std::string> through;   // source, stages
  std::vector<std::string> patterns;  // which events take it; empty: all
  std::string sink;
  Guarantee guarantee;
  std::string limited_by;  // which part keeps the guarantee from being more; empty: none
  std::vector<Saying> sayings;
};

struct PipelineExplanation {
  std::string name;
  bool enabled = true;
  std::vector<Saying> sayings;
  std::vector<PathExplanation> paths;
};

// `workers`: how many lanes a pipeline has that does not say how many.
PipelineExplanation explain(const PipelinePlan& plan, std::size_t workers);

std::string render_explanations(const std::vector<PipelineExplanation>& pipelines, std::size_t width, bool colours);
// {"pipelines":[{"name","enabled","sayings":{KEY:[TEXT...]},"paths":[{"through","patterns","sink","guarantee","limited_by",
// "sayings"}]}]}
std::string render_explanations_json(const std::vector<PipelineExplanation>& pipelines);

}  // namespace weir::cli
