// How one stored event is shown by `weir streams cat`.
#pragma once

#include <cstdint>
#include <string>

namespace weir::cli {

struct EventView {
  std::string stream;
  std::uint64_t revision = 0;
  std::string type;
  std::string id;
  std::string time;  // RFC 3339, UTC
  bool is_json = true;
  std::string data;
  std::string metadata;
};

// A head line with revision, type, id and time, then the data, indented; JSON spread over lines when `pretty`. Ends
// with a line feed.
std::string render_event(const EventView& event, bool pretty, bool colours);
// One line: {"stream","revision","type","id","time","data" | "data_base64","metadata" | "metadata_base64"}.
std::string render_event_json(const EventView& event);

}  // namespace weir::cli
