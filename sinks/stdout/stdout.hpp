// The `stdout` sink: one line of JSON per message on the standard output.
#pragma once

#include "pipeline/topology/registry.hpp"
#include "sinks/line_sink.hpp"

#include <array>
#include <memory>
#include <string_view>
#include <utility>

namespace weir::sinks::standard_output {

enum class Content {
  event,   // what decode found; the whole record where nothing was decoded
  record,  // the record as it came, byte for byte
};

struct StdoutConfig {
  Content content = Content::event;
};

Spec<StdoutConfig> stdout_spec();
std::unique_ptr<Sink> make_stdout_sink(const StdoutConfig& config, LineSink::FindWriter find_writer);
void register_stdout_sink(Registry& registry);

}  // namespace weir::sinks::standard_output

template <>
struct weir::config::EnumNames<weir::sinks::standard_output::Content> {
  using Content = weir::sinks::standard_output::Content;
  static constexpr std::array<std::pair<std::string_view, Content>, 2> names{
      {{"event", Content::event}, {"record", Content::record}}};
};
