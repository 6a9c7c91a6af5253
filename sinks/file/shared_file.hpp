// One writer per file, however many lanes and sinks write to it.
#pragma once

#include "sinks/file/rotation.hpp"
#include "sinks/line_writer.hpp"

#include <filesystem>
#include <memory>

namespace weir::sinks::file {

// The writer of that path: the one that is open in this process, or a new one. Blocks for a moment: opening reads the
// file's end. Its writer appends with the `blocking` of the first one that opened it, and syncs and rotates as the last one
// says. The file is closed when the last holder lets go. Thread-safe.
Result<std::shared_ptr<LineWriter>> open_shared_file(const std::filesystem::path& path, bool sync, Blocking& blocking,
                                                     Rotation rotation = {});

}  // namespace weir::sinks::file
