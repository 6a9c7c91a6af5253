// The `file` sink: JSON Lines, one record per line, byte for byte. Serves as `dlq` where there is no broker.
#pragma once

#include "pipeline/topology/registry.hpp"
#include "sinks/line_writer.hpp"

#include <memory>
#include <optional>
#include <string>

namespace weir::sinks::file {

struct RotateConfig {
  std::optional<Bytes> size;  // nothing: a file is never full
  std::size_t keep = 0;
  static Spec<RotateConfig> spec();
};

struct FileConfig {
  std::string path;
  bool sync = true;
  RotateConfig rotate = {};
};

Spec<FileConfig> file_spec();
std::unique_ptr<Sink> make_file_sink(const FileConfig& config, const BuildContext& context);
// The same on a writer that is open already.
std::unique_ptr<Sink> make_file_sink(std::shared_ptr<LineWriter> writer);
void register_file_sink(Registry& registry);

}  // namespace weir::sinks::file
