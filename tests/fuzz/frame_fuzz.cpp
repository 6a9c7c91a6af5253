// Any bytes as a message of Kafka's protocol: refused, or read as something that, written and read again, is the same.
//
// The first byte picks the API, and with its highest bit the response instead of the request; the second the version.
#include "embedded/broker/wire/messages.hpp"

#include <cstdint>
#include <cstdlib>
#include <iterator>

namespace {

using namespace weir::embedded::broker::wire;

template <class Message>
std::string encode(const Message& message, std::int16_t version) {
  Writer out;
  write(out, version, message);
  const Frame frame = std::move(out).finish();
  std::string bytes;
  for (const Frame::Chunk& chunk : frame.chunks) bytes += chunk.bytes;
  if (bytes.size() != frame.size()) std::abort();
  return bytes.substr(4);
}

template <class Message>
void read_write_read(Message message, std::int16_t version, std::string_view body) {
  Reader in(body);
  read(in, version, message);
  if (!in.ok()) {
    if (!in.rest().empty()) std::abort();
    return;
  }
  const std::string bytes = encode(message, version);
  Message again;
  Reader second(bytes);
  read(second, version, again);
  if (!second.ok() || !second.rest().empty() || !(again == message)) std::abort();
  if (encode(again, version) != bytes) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const Api& api = kApis[(data[0] & 0x7F) % std::size(kApis)];
  const int versions = api.max - api.serve_min + 1;
  const auto version = static_cast<std::int16_t>(api.serve_min + data[1] % versions);
  const std::string_view body(reinterpret_cast<const char*>(data) + 2, size - 2);
  const auto use = [&](auto message) {
    read_write_read(std::move(message), version, body);
  };
  if ((data[0] & 0x80) != 0) {
    with_response(api.key, use);
  } else {
    with_request(api.key, use);
  }
  return 0;
}
