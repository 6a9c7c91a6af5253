#include "sinks/file/file.hpp"

#include "sinks/file/shared_file.hpp"
#include "sinks/line_sink.hpp"
#include "sinks/record_json.hpp"

namespace weir::sinks::file {

Spec<RotateConfig> RotateConfig::spec() {
  Spec<RotateConfig> spec("When a file is full, and how many full ones are kept.");
  spec.option("size", &RotateConfig::size,
              "A file that the next lines would make larger is renamed: dead.jsonl becomes dead.000001.jsonl, the next "
              "one dead.000002.jsonl, and so on. Not set: never.")
      .min(4_KiB)
      .max(1048576_MiB)
      .example("100MiB");
  spec.option("keep", &RotateConfig::keep,
              "So many full ones are kept, and the oldest beyond them deleted; 0 keeps all.")
      .max(100'000);
  spec.validate(
      [](const RotateConfig& rotate, const config::Node& where, const std::string& path, config::Diagnostics& out) {
        if (rotate.keep > 0 && !rotate.size.has_value())
          out.error("missing-key", where.mark(), path, "'keep' is about full files, and without a size no file is full",
                    "add size: 100MiB");
      });
  return spec;
}

Spec<FileConfig> file_spec() {
  Spec<FileConfig> spec("Appends each record to a file of JSON Lines: payload, key and headers byte for byte.");
  spec.option(
          "path", &FileConfig::path,
          "The file; a relative path lies below the data directory. Missing folders are made. One that is moved away "
          "or deleted while weir runs gets a successor with the next record: a log rotation needs no signal.")
      .required()
      .example("dead-letters.jsonl")
      .check([](const std::string& path) {
        return path.empty() || path.back() == '/' ? std::string("expected the path of a file") : std::string();
      });
  spec.option("sync", &FileConfig::sync,
              "Waits for the disk before a record counts as written. Without it, a power cut may lose some.");
  spec.option("rotate", &FileConfig::rotate,
              "Begins a new file when one is full. Several sinks with one path rotate it as the last of them says that "
              "was opened.");
  return spec;
}

std::unique_ptr<Sink> make_file_sink(const FileConfig& config, const BuildContext& context) {
  const Rotation rotation{config.rotate.size.value_or(Bytes{}).count, config.rotate.keep};
  return std::make_unique<LineSink>(
      append_record, [path = context.data_dir / config.path, sync = config.sync, rotation,
                      &blocking = context.blocking] { return open_shared_file(path, sync, blocking, rotation); });
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
