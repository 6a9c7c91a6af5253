#include "embedded/eventstore/log/event.hpp"

#include "embedded/eventstore/log/keys.hpp"

namespace weir::embedded::eventstore {

namespace {

// flags, stream number, revision, created, id (16), then four length-prefixed strings.
constexpr std::size_t kFixedSize = 1 + 8 + 8 + 8 + 16;
constexpr std::uint8_t kJsonFlag = 1;

constexpr std::int64_t kTicksPerMillisecond = 10'000;

void append_u64(std::string& out, std::uint64_t value) {
  const Key<8> bytes = u64_key(value);
  out.append(bytes.data(), bytes.size());
}

void append_text(std::string& out, std::string_view text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(size >> shift & 0xFF));
  out.append(text);
}

bool take_text(std::string_view& bytes, std::string& out) {
  if (bytes.size() < 4) return false;
  std::uint32_t size = 0;
  for (int i = 0; i < 4; ++i) size = size << 8 | static_cast<unsigned char>(bytes[i]);
  bytes.remove_prefix(4);
  if (bytes.size() < size) return false;
  out.assign(bytes.substr(0, size));
  bytes.remove_prefix(size);
  return true;
}

struct Fixed {
  std::uint64_t stream_number;
  Revision revision;
  std::int64_t created;
  Uuid id;
  bool is_json;
};

void encode_fields(const Fixed& fixed, std::string_view stream, std::string_view type, std::string_view data,
                   std::string_view metadata, std::string& out) {
  out.clear();
  out.reserve(kFixedSize + 16 + stream.size() + type.size() + data.size() + metadata.size());
  out.push_back(static_cast<char>(fixed.is_json ? kJsonFlag : 0));
  append_u64(out, fixed.stream_number);
  append_u64(out, static_cast<std::uint64_t>(fixed.revision));
  append_u64(out, static_cast<std::uint64_t>(fixed.created));
  append_u64(out, fixed.id.high);
  append_u64(out, fixed.id.low);
  append_text(out, stream);
  append_text(out, type);
  append_text(out, data);
  append_text(out, metadata);
}

}  // namespace

std::int64_t ticks(WallTime time) {
  return time.time_since_epoch().count() * kTicksPerMillisecond;
}

void encode_event(const RecordedEvent& event, std::string& out) {
  encode_fields({event.stream_number, event.revision, event.created, event.id, event.is_json}, event.stream, event.type,
                event.data, event.metadata, out);
}

void encode_event(const ProposedEvent& event, std::string_view stream, std::uint64_t stream_number, Revision revision,
                  std::int64_t created, std::string& out) {
  encode_fields({stream_number, revision, created, event.id, event.is_json}, stream, event.type, event.data,
                event.metadata, out);
}

std::optional<RecordedEvent> decode_event(Position position, std::string_view bytes) {
  if (bytes.size() < kFixedSize) return std::nullopt;
  RecordedEvent event;
  event.position = position;
  event.is_json = (static_cast<std::uint8_t>(bytes[0]) & kJsonFlag) != 0;
  event.stream_number = get_u64(bytes.data() + 1);
  event.revision = static_cast<Revision>(get_u64(bytes.data() + 9));
  event.created = static_cast<std::int64_t>(get_u64(bytes.data() + 17));
  event.id = Uuid{get_u64(bytes.data() + 25), get_u64(bytes.data() + 33)};
  bytes.remove_prefix(kFixedSize);
  const bool complete = take_text(bytes, event.stream) && take_text(bytes, event.type) &&
                        take_text(bytes, event.data) && take_text(bytes, event.metadata) && bytes.empty();
  if (!complete) return std::nullopt;
  return event;
}

}  // namespace weir::embedded::eventstore
