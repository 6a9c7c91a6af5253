#include "sinks/file/file.hpp"

#include "sinks/file/shared_file.hpp"
#include "sinks/line_sink.hpp"
#include "sinks/record_json.hpp"

namespace weir::sinks::file {

Spec<FileConfig> file_spec() {
  Spec<FileConfig> spec("Appends each record to a file of JSON Lines: payload, key and headers byte for byte.");
  spec.option("path", &FileConfig::path,
              "The file; a relative path lies below the data directory. Missing folders are made.")
      .required()
      .example("dead-letters.jsonl")
      .check([](const std::string& path) {
        return path.empty() || path.back() == '/' ? std::string("expected the path of a file") : std::string();
      });
  spec.option("sync", &FileConfig::sync,
              "Waits for the disk before a record counts as written. Without it, a power cut may lose some.");
  return spec;
}

std::unique_ptr<Sink> make_file_sink(const FileConfig& config, const BuildContext& context) {
  return std::make_unique<LineSink>(
      append_record, [path = context.data_dir / config.path, sync = config.sync, &blocking = context.blocking] {
        return open_shared_file(path, sync, blocking);
      });
}

std::unique_ptr<Sink> make_file_sink(std::shared_ptr<LineWriter> writer) {
  return std::make_unique<LineSink>(
      append_record, [writer = std::move(writer)]() -> Result<std::shared_ptr<LineWriter>> { return writer; });
}

void register_file_sink(Registry& registry) {
  registry.add_sink<FileConfig>(
      "file", file_spec(),
      [](const FileConfig& config, BuildContext& context) -> Result<std::unique_ptr<Sink>> {
        return make_file_sink(config, context);
      },
      [](const FileConfig& config, const FindDescription&) {
        Description description;
        description.uses.push_back(Use::file(std::filesystem::path(config.path).lexically_normal().string()));
        description.stores_raw = true;
        answer_as_lines(description);
        return description;
      });
}

}  // namespace weir::sinks::file
