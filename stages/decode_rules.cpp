#include "stages/decode_rules.hpp"

#include <algorithm>

namespace weir::stages {
namespace {

// A map that points into /payload reads Connect's documents as they are.
bool points_into_payload(const DecodeConfig& config) {
  return std::any_of(config.fields.begin(), config.fields.end(), [](const auto& field) {
    return field.second == "/payload" || field.second.starts_with("/payload/");
  });
}

bool unwraps(const DecodeConfig& config) {
  return config.unwrap == Unwrap::connect || is_outbox(config);
}

}  // namespace

bool names_json_text(const DecodeConfig& config, std::string_view what) {
  return std::find(config.json_text.begin(), config.json_text.end(), what) != config.json_text.end();
}

bool is_outbox(const DecodeConfig& config) {
  return config.fields.empty() && config.envelope == EnvelopeKind::debezium_outbox;
}

bool unquotes_headers(const DecodeConfig& config) {
  return unwraps(config) || (config.fields.empty() && config.envelope == EnvelopeKind::spring_cloud_stream);
}

KeyRules key_rules(const DecodeConfig& config) {
  return {config.key_format, config.framing, unwraps(config), names_json_text(config, "key") || is_outbox(config)};
}

PayloadRules payload_rules(const DecodeConfig& config) {
  const bool data_holds_json = names_json_text(config, "data") || is_outbox(config);
  const bool whole_may_be_data = !config.fields.empty() || config.envelope != EnvelopeKind::domain_event;
  return {config.framing, unwraps(config), points_into_payload(config), names_json_text(config, "value"),
          data_holds_json && whole_may_be_data};
}

}  // namespace weir::stages
