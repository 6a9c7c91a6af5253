// Dead letters as lines, and the records that they were.
#pragma once

#include "cli/kafka/feed_lines.hpp"

#include <optional>

namespace weir::cli {

// A line of the `file` sink, with `payload`: the record that it holds, for the topic of `defaults` and the partition of its
// key. Nothing: the line has no member "payload". Errors: such a line that is damaged.
Result<std::optional<FeedRecord>> parse_sink_line(std::string_view line, const FeedRecord& defaults);

// Makes a dead letter the record that it was: without the headers that say why it became one, at no fixed partition. Errors:
// a letter whose payload, key or headers were cut, with the place where the record may still be. Other records stay as
// they are.
Result<void> undo_letter(FeedRecord& record);

}  // namespace weir::cli
