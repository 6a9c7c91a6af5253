// What a POST below /streams/ asks for.
#include "embedded/eventstore/calls/http_append.hpp"
#include "embedded/eventstore/log/stream_metadata.hpp"
#include "pipeline/text/utf8.hpp"

#include <simdjson.h>

#include <charconv>

namespace weir::embedded::eventstore {

using http::Request;
using http::Response;

namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kBytes = "application/octet-stream";
constexpr std::string_view kEvents = "application/vnd.eventstore.events+json";
constexpr std::string_view kIncoming = "/incoming/";

Response bad(const std::string& why) {
  return Response::text(400, why + "\n");
}

Response too_large() {
  return Response::text(413, "An append may have " + std::to_string(kMaxAppendBytes) + " bytes.\n");
}

// No value: not %XX behind a percent sign.
std::optional<std::string> decode_percent(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    unsigned byte = 0;
    const char* digits = text.data() + i + 1;
    if (text.size() - i < 3) return std::nullopt;
    const auto read = std::from_chars(digits, digits + 2, byte, 16);
    if (read.ec != std::errc() || read.ptr != digits + 2) return std::nullopt;
    out.push_back(static_cast<char>(byte));
    i += 2;
  }
  return out;
}

// "application/json" of "Application/JSON; charset=utf-8".
std::string media_type(const Request& request) {
  std::string_view given = request.headers.find("Content-Type").value_or("");
  given = given.substr(0, given.find(';'));
  while (given.ends_with(' ')) given.remove_suffix(1);
  std::string out(given);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::optional<connectors::eventstoredb::ExpectedRevision> expected_of(const Request& request) {
  using connectors::eventstoredb::ExpectedRevision;
  const auto given = request.headers.find("ES-ExpectedVersion");
  if (!given || given->empty()) return ExpectedRevision::any();
  std::int64_t number = 0;
  const auto read = std::from_chars(given->data(), given->data() + given->size(), number);
  if (read.ec != std::errc() || read.ptr != given->data() + given->size()) return std::nullopt;
  if (number == -1) return ExpectedRevision::no_stream();
  if (number == -2) return ExpectedRevision::any();
  if (number == -4) return ExpectedRevision::stream_exists();
  if (number < 0 || number == kDeletedRevision) return std::nullopt;
  return ExpectedRevision::exact(static_cast<std::uint64_t>(number));
}

// A value as it stands in the text, so that numbers and spaces are stored as they were sent.
std::string_view raw(simdjson::ondemand::value value) {
  std::string_view out;
  simdjson::ondemand::object object;
  simdjson::ondemand::array array;
  if (value.get_object().get(object) == simdjson::SUCCESS) {
    if (object.raw_json().get(out) != simdjson::SUCCESS) return {};
  } else if (value.get_array().get(array) == simdjson::SUCCESS) {
    if (array.raw_json().get(out) != simdjson::SUCCESS) return {};
  } else {
    out = value.raw_json_token();
  }
  while (!out.empty() && std::string_view(" \t\r\n").find(out.back()) != std::string_view::npos) out.remove_suffix(1);
  return out;
}

std::optional<std::string> take_member(std::string_view name, simdjson::ondemand::value value, ProposedEvent& event) {
  std::string_view text;
  if (name == "eventId") {
    const bool is_text = value.get_string().get(text) == simdjson::SUCCESS;
    const std::optional<Uuid> id = is_text ? Uuid::parse(text) : std::nullopt;
    if (!id || id->is_nil()) return "an eventId is no UUID";
    event.id = *id;
  } else if (name == "eventType") {
    if (value.get_string().get(text) != simdjson::SUCCESS || text.empty()) return "an eventType is no text, or empty";
    event.type = text;
  } else if (name == "data") {
    event.data = raw(value);
  } else if (name == "metadata") {
    event.metadata = raw(value);
    if (event.metadata == "null") event.metadata.clear();
  }
  return std::nullopt;
}

// Why not; the DOM parser has accepted the text already.
std::optional<std::string> read_events(const std::string& body, std::vector<ProposedEvent>& out) {
  const std::string broken = "it is no array of {eventId, eventType, data, metadata}";
  simdjson::ondemand::parser parser;
  const simdjson::padded_string padded(body);
  simdjson::ondemand::document document;
  simdjson::ondemand::array events;
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS ||
      document.get_array().get(events) != simdjson::SUCCESS) {
    return broken;
  }
  for (auto element : events) {
    simdjson::ondemand::object members;
    if (element.get_object().get(members) != simdjson::SUCCESS) return broken;
    ProposedEvent event;
    event.is_json = true;
    for (auto found : members) {
      simdjson::ondemand::field member;
      std::string_view name;
      if (std::move(found).get(member) != simdjson::SUCCESS || member.unescaped_key().get(name) != simdjson::SUCCESS) {
        return broken;
      }
      if (std::optional<std::string> why = take_member(name, member.value(), event)) return why;
    }
    if (event.id.is_nil()) return "an event has no eventId";
    if (event.type.empty()) return "an event has no eventType";
    if (event.data.empty()) return "an event has no data";
    out.push_back(std::move(event));
  }
  if (out.empty()) return "it holds no event";
  return std::nullopt;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The length of a JSON number at the start of `text`, of any size; 0: there is none.
std::size_t number_length(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const auto digits = [&] {
    const std::size_t from = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at - from;
  };
  const bool leading_zero = at < text.size() && text[at] == '0';
  const std::size_t whole = digits();
  if (whole == 0 || (leading_zero && whole > 1)) return 0;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (digits() == 0) return 0;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (digits() == 0) return 0;
  }
  const bool goes_on = at < text.size() && std::string_view("+-.eE0123456789").find(text[at]) != std::string_view::npos;
  return goes_on ? 0 : at;
}

// The parser has no place for numbers beyond 64 bits, which are JSON all the same: it is shown zeroes.
std::string with_small_numbers(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  bool in_text = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_text && c == '\\' && i + 1 < json.size()) {
      out += {c, json[++i]};
      continue;
    }
    if (c == '"') in_text = !in_text;
    if (in_text || !(c == '-' || is_digit(c))) {
      out.push_back(c);
      continue;
    }
    const std::size_t number = number_length(json.substr(i));
    if (number == 0) return {};  // no JSON
    out.push_back('0');
    i += number - 1;
  }
  return out;
}

bool is_json(const std::string& body) {
  simdjson::dom::parser parser;
  return parser.parse(with_small_numbers(body)).error() == simdjson::SUCCESS;
}

// One event, with its type and id in headers, or its id at the end of the path.
std::optional<Response> read_one(const Request& request, std::string_view id_in_path, bool json, HttpAppend& out) {
  ProposedEvent event;
  event.is_json = json;
  event.type = request.headers.find("ES-EventType").value_or("");
  if (event.type.empty()) {
    return bad("Must include an event type with the request either in body or as ES-EventType header.");
  }
  if (!text::is_utf8(event.type)) return bad("ES-EventType is no UTF-8 text.");
  const std::string_view id_text = id_in_path.empty() ? request.headers.find("ES-EventId").value_or("") : id_in_path;
  if (id_text.empty()) {
    Response elsewhere = Response::text(
        307, "Forwarding to idempotent URI: an event without ES-EventId gets an id there; curl follows with -L.\n");
    elsewhere.headers.add("Location", out.path + std::string(kIncoming) + Uuid::random().str());
    return elsewhere;
  }
  const std::optional<Uuid> id = Uuid::parse(id_text);
  if (!id || id->is_nil()) return bad("ES-EventId header in wrong format: it must be a UUID.");
  event.id = *id;
  event.data = request.body;
  out.write.events.push_back(std::move(event));
  return std::nullopt;
}

std::optional<Response> read_body(const Request& request, std::string_view id_in_path, HttpAppend& out) {
  const std::string type = media_type(request);
  if (type != kEvents && type != kJson && type != kBytes) {
    return Response::text(415,
                          "The Content-Type must be application/json or application/octet-stream (one event; its "
                          "type in the header ES-EventType), or application/vnd.eventstore.events+json.\n");
  }
  if (type == kBytes) return read_one(request, id_in_path, false, out);
  if (!is_json(request.body)) return bad("Write request body invalid: it is no JSON text in UTF-8.");
  if (type == kJson) return read_one(request, id_in_path, true, out);
  if (const std::optional<std::string> why = read_events(request.body, out.write.events)) {
    return bad("Write request body invalid: " + *why + ".");
  }
  return std::nullopt;
}

}  // namespace

HttpAppend read_http_append(const Request& request) {
  HttpAppend out;
  if (request.method != "POST") {
    out.refusal = Response::text(405,
                                 "Events are appended here, with POST. To read them use a client of EventStoreDB or "
                                 "KurrentDB, or `weir streams cat`.\n");
    out.refusal->headers.add("Allow", "POST");
    return out;
  }
  std::string_view rest = request.path;
  rest.remove_prefix(std::string_view(kStreamsPath).size());
  const std::size_t slash = rest.find('/');
  std::string_view id_in_path;
  if (slash != std::string_view::npos) {
    const std::string_view behind = rest.substr(slash);
    if (!behind.starts_with(kIncoming) || behind.size() == kIncoming.size()) {
      out.refusal = Response::text(404, "There is nothing at this path; a slash in a stream's name is written %2F.\n");
      return out;
    }
    id_in_path = behind.substr(kIncoming.size());
    rest = rest.substr(0, slash);
  }
  out.path = kStreamsPath + std::string(rest);
  const std::optional<std::string> name = decode_percent(rest);
  if (!name || is_unwritable_name(*name) || !text::is_utf8(*name)) {
    out.refusal = bad("The path names no stream that can be written to.");
    return out;
  }
  const auto expected = expected_of(request);
  if (!expected) {
    out.refusal =
        bad("ES-ExpectedVersion header in wrong format: a revision, -1 (no stream), -2 (any) or -4 (exists).");
    return out;
  }
  out.write.stream = *name;
  out.write.expected = *expected;
  out.refusal = read_body(request, id_in_path, out);
  std::size_t bytes = 0;
  for (const ProposedEvent& event : out.write.events) bytes += event.size();
  if (!out.refusal && bytes > kMaxAppendBytes) out.refusal = too_large();
  return out;
}

}  // namespace weir::embedded::eventstore
