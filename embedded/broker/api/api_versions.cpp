#include "embedded/broker/api/handlers.hpp"

namespace weir::embedded::broker::api {

namespace {

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// KIP-511: letters, digits, '.' and '-', beginning and ending with a letter or digit.
bool is_software_name(std::string_view text) {
  if (text.empty() || !is_alphanumeric(text.front()) || !is_alphanumeric(text.back())) return false;
  return std::ranges::all_of(text, [](char c) { return is_alphanumeric(c) || c == '.' || c == '-'; });
}

constexpr std::size_t kMostSoftwareBytes = 128;  // remembered for as long as the connection lasts

void add_ranges(wire::ApiVersionsResponse& response) {
  for (const wire::Api& api : wire::kApis) {
    response.api_keys.push_back({static_cast<std::int16_t>(api.key), api.min, api.max});
  }
}

}  // namespace

wire::ApiVersionsResponse unsupported_api_versions() {
  wire::ApiVersionsResponse response;
  response.error_code = wire::ErrorCode::unsupported_version;
  add_ranges(response);
  return response;
}

void api_versions(Call& call, const wire::ApiVersionsRequest& request, Reply<wire::ApiVersionsResponse> reply) {
  wire::ApiVersionsResponse response;
  if (call.context.version >= 3) {
    if (!is_software_name(request.client_software_name) || !is_software_name(request.client_software_version)) {
      response.error_code = wire::ErrorCode::invalid_request;
      return reply(std::move(response));
    }
    call.session.software = request.client_software_name;
    call.session.software.append(" ").append(request.client_software_version);
    call.session.software.resize(std::min(call.session.software.size(), kMostSoftwareBytes));
    call.session.software.shrink_to_fit();
  }
  add_ranges(response);
  reply(std::move(response));
}

}  // namespace weir::embedded::broker::api
