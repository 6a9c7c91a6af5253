#include "cli/streams/event_view.hpp"

#include "cli/terminal/text.hpp"
#include "pipeline/text/base64.hpp"
#include "pipeline/text/json_writer.hpp"
#include "stages/json_cursor.hpp"
#include "stages/json_index.hpp"

namespace weir::cli {

namespace {

// Whether the bytes may stand as a value in a JSON line: what a producer calls JSON need not be. The reader is the one
// that lets events in, so that what was taken for JSON then is JSON here: numbers of any size, for instance.
bool is_valid_json(std::string_view text) {
  stages::JsonIndex index;
  if (!index.build(text)) return false;
  stages::JsonCursor cursor(index);
  stages::JsonSlice whole;
  return cursor.value(whole) && cursor.at_end();
}

// A document as one line of a JSON Lines file.
void write_document(text::JsonWriter& json, const std::string& name, std::string_view bytes, bool may_be_json) {
  if (bytes.empty()) {
    json.null_member(name);
  } else if (may_be_json && is_valid_json(bytes)) {
    json.key(name);
    json.raw_on_one_line(bytes);
  } else {
    json.member(name + "_base64", text::encode_base64(bytes));
  }
}

}  // namespace

std::string render_event(const EventView& event, bool pretty, bool colours) {
  constexpr std::size_t kIndent = 4;
  std::string out = coloured(std::to_string(event.revision), Colour::cyan, colours) + "  ";
  out += coloured(printable(event.type), Colour::bold, colours) + "  " + printable(event.id) + "  ";
  out += coloured(event.time, Colour::grey, colours) + "  " + coloured(printable(event.stream), Colour::grey, colours) +
         "\n";
  const auto append_body = [&](std::string_view label, std::string_view bytes, bool is_json) {
    if (bytes.empty()) return;
    out.append(kIndent, ' ');
    if (!label.empty()) out += coloured(label, Colour::grey, colours) + " ";
    const std::string body = is_json && pretty ? pretty_json(bytes, 2, kIndent) : std::string(bytes);
    out += printable(body, is_json && pretty) + "\n";
  };
  append_body("", event.data, event.is_json);
  if (event.metadata != "{}") append_body("metadata", event.metadata, true);
  return out;
}

std::string render_event_json(const EventView& event) {
  std::string out;
  text::JsonWriter json(out);
  json.begin_object();
  json.member("stream", event.stream);
  json.member("revision", event.revision);
  json.member("type", event.type);
  json.member("id", event.id);
  json.member("time", event.time);
  write_document(json, "data", event.data, event.is_json);
  write_document(json, "metadata", event.metadata, true);
  json.end_object();
  return out + "\n";
}

}  // namespace weir::cli
