// Any bytes as the payload of a record: decode ends in an event or a failure, never in a crash (I9).
#include "stages/event_decoder.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir;
  static stages::EventDecoder envelope{stages::DecodeConfig{}};
  static stages::EventDecoder fields = [] {
    stages::DecodeConfig config;
    config.fields = {{"event_type", "/a/0/b"}, {"aggregate_id", "/id"}, {"data", "/d"}};
    config.required = {};
    return stages::EventDecoder(config);
  }();
  Batch batch;
  Message message;
  message.payload = {reinterpret_cast<const char*>(data), size};
  std::string why;
  for (stages::EventDecoder* decoder : {&envelope, &fields}) {
    if (!decoder->decode(message, batch, why)) {
      if (why.empty()) std::abort();
      continue;
    }
    if (message.event.data.empty()) std::abort();
  }
  return 0;
}
