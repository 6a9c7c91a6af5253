#include "pipeline/admin/config_text.hpp"

#include "pipeline/config/scalars.hpp"

namespace weir::admin {

namespace {

std::string component(const ComponentPlan& plan) {
  std::string text = "{ " + plan.type->name + ": ";
  plan.type->write(plan.config, config::hide_secret, text);
  return text + " }\n";
}

std::string settings(const PipelinePlan& plan) {
  const PipelineSettings& settings = plan.settings;
  return "    enabled: " + std::string(plan.enabled ? "true" : "false") +
         "\n    lanes: " + std::to_string(settings.lanes) +
         "\n    batch_messages: " + std::to_string(settings.batch_messages) +
         "\n    memory: " + config::format_bytes(settings.memory) +
         "\n    window: " + std::to_string(settings.window_batches) +
         "\n    commit_interval: " + config::format_duration(settings.commit_interval) +
         "\n    drain_timeout: " + config::format_duration(settings.drain_timeout) + "\n";
}

std::string persist(const PersistPolicy& policy) {
  std::string multiplier;
  config::write_double(policy.retry.multiplier, multiplier);
  return "{ persist: {retry: {attempts: " + std::to_string(policy.retry.attempts) +
         ", initial: " + config::format_duration(policy.retry.initial) + ", multiplier: " + multiplier +
         ", max: " + config::format_duration(policy.retry.max) +
         "}, on_exhausted: " + (policy.on_exhausted == OnExhausted::dlq ? "dlq" : "pause") + "} }\n";
}

std::string pipeline(const PipelinePlan& plan) {
  std::string text =
      "  " + plan.name + ":\n" + settings(plan) + "    source: " + component(plan.source) + "    stages:\n";
  for (const ComponentPlan& stage : plan.stages) text += "      - " + component(stage);
  text += "      - " + persist(plan.persist) + "      - { ack: {} }\n    sinks:\n";
  for (const auto& [name, sink] : plan.sinks) text += "      " + name + ": " + component(sink);
  return text;
}

}  // namespace

std::string describe_config(const Topology& topology) {
  std::string text = "connections:\n";
  if (topology.connections.empty()) text = "connections: {}\n";
  for (const auto& [name, plan] : topology.connections) text += "  " + name + ": " + component(plan);
  text += topology.pipelines.empty() ? "pipelines: {}\n" : "pipelines:\n";
  for (const PipelinePlan& plan : topology.pipelines) text += pipeline(plan);
  return text;
}

}  // namespace weir::admin
