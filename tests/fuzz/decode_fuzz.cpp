// Any bytes as the payload of a record, and as its key and a header: decode ends in an event or a failure, never in a
// crash (I9).
#include "stages/event_decoder.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>

namespace {

using namespace weir;

stages::DecodeConfig mapped() {
  stages::DecodeConfig config;
  config.fields = {{"event_type", "/a/0/b"}, {"aggregate_id", "/id"}, {"occurred_on", "/t"}, {"data", "/d"}};
  config.required = {};
  return config;
}

stages::DecodeConfig unwrapped() {
  stages::DecodeConfig config;
  config.required = {};
  config.framing = stages::Framing::confluent;
  config.unwrap = stages::Unwrap::connect;
  config.json_text = {"data", "key", "value"};
  config.on_bad_field = stages::BadValue::keep;
  config.invalid_time = stages::BadValue::keep;
  return config;
}

stages::DecodeConfig preset(stages::EnvelopeKind kind) {
  stages::DecodeConfig config;
  config.envelope = kind;
  config.required = {};
  return config;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static std::array decoders{
      stages::EventDecoder(stages::DecodeConfig{}),
      stages::EventDecoder(mapped()),
      stages::EventDecoder(unwrapped()),
      stages::EventDecoder(preset(stages::EnvelopeKind::cloudevents)),
      stages::EventDecoder(preset(stages::EnvelopeKind::debezium_outbox)),
      stages::EventDecoder(preset(stages::EnvelopeKind::masstransit)),
  };
  Batch batch;
  Message message;
  message.payload = {reinterpret_cast<const char*>(data), size};
  message.key = message.payload.substr(0, 64);
  const std::array<Header, 2> headers{{{"event-type", "T"}, {"id", message.key}}};
  message.headers = headers;
  std::string why;
  for (stages::EventDecoder& decoder : decoders) {
    if (!decoder.decode(message, batch, why)) {
      if (why.empty()) std::abort();
      continue;
    }
    if (message.event.data.empty()) std::abort();
  }
  return 0;
}
