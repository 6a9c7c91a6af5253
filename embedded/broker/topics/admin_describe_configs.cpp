// DescribeConfigs (32).
#include "embedded/broker/topics/admin.hpp"
#include "embedded/broker/topics/config_resource.hpp"
#include "embedded/broker/topics/topic_name.hpp"
#include "embedded/broker/topics/topic_setting.hpp"

#include <algorithm>
#include <set>

namespace weir::embedded::broker::topics {

namespace {

using wire::ErrorCode;
using DescribedResource = wire::DescribeConfigsRequest::Resource;
using Description = wire::DescribeConfigsResponse::Result;

// What of each setting the request wants to see.
struct Wish {
  // No keys: all. Kafka takes an empty list for the same.
  Wish(const DescribedResource& resource, const wire::DescribeConfigsRequest& request)
      : synonyms(request.include_synonyms), documentation(request.include_documentation) {
    if (resource.keys) keys.insert(resource.keys->begin(), resource.keys->end());
  }
  bool wants(std::string_view key) const { return keys.empty() || keys.contains(key); }

  std::set<std::string_view> keys;
  bool synonyms;
  bool documentation;
};

void describe_topic(const TopicConfig& config, const Wish& wish, std::vector<Description::Config>& rows) {
  for (const TopicSetting& setting : topic_settings()) {
    if (!wish.wants(setting.name)) continue;
    const auto own = config.values.find(setting.name);
    const bool set = own != config.values.end();
    Description::Config& row = rows.emplace_back();
    row.name = setting.name;
    row.value = set ? own->second : std::string(setting.default_value);
    row.config_source = static_cast<std::int8_t>(set ? ConfigSource::topic : ConfigSource::built_in);
    row.config_type = static_cast<std::int8_t>(setting.type);
    if (wish.documentation) row.documentation = std::string(setting.documentation);
    if (!wish.synonyms) continue;
    // Where the value comes from, the strongest first.
    if (set) row.synonyms.push_back({row.name, row.value, row.config_source});
    if (setting.broker_name.empty()) continue;
    row.synonyms.push_back({std::string(setting.broker_name), std::string(setting.default_value),
                            static_cast<std::int8_t>(ConfigSource::built_in)});
  }
}

void describe_broker(const BrokerConfigView& view, const Wish& wish, std::vector<Description::Config>& rows) {
  for (BrokerSetting& setting : broker_settings(view)) {
    if (!wish.wants(setting.name)) continue;
    Description::Config& row = rows.emplace_back();
    row.name = std::move(setting.name);
    row.value = std::move(setting.value);
    row.read_only = true;
    row.config_source = static_cast<std::int8_t>(ConfigSource::broker_file);
    row.config_type = setting.type;
    if (wish.documentation) row.documentation = std::move(setting.documentation);
    if (wish.synonyms) row.synonyms.push_back({row.name, row.value, row.config_source});
  }
}

}  // namespace

wire::DescribeConfigsResponse TopicAdmin::describe_configs(const RequestContext&,
                                                           const wire::DescribeConfigsRequest& request) {
  wire::DescribeConfigsResponse response;
  const ResourceCounts counts = count_resources(request.resources);
  std::size_t described = 0;
  for (const DescribedResource& resource : request.resources) {
    Description& answer = response.results.emplace_back();
    answer.type = resource.type;
    answer.name = resource.name;
    TopicError error = check_readable(resource.type, resource.name);
    const Topic* topic = is(resource.type, ResourceType::topic) ? topics_.find(resource.name) : nullptr;
    if (error.ok() && counts.at({resource.type, resource.name}) > 1) error = named_twice(resource.name);
    if (error.ok() && is(resource.type, ResourceType::topic) && topic == nullptr) {
      std::optional<std::string> fault = check_topic_name(resource.name);
      error = fault ? TopicError{ErrorCode::invalid_topic_exception, std::move(*fault)}
                    : TopicError{ErrorCode::unknown_topic_or_partition,
                                 "There is no topic " + in_quotes(resource.name) + "."};
    }
    if (error.ok() && described++ >= kMostDescribed) {
      error = {ErrorCode::invalid_request, "One request may ask for the settings of " + std::to_string(kMostDescribed) +
                                               " resources; ask for the others in a second one."};
    }
    if (!error.ok()) {
      answer.error_code = error.code;
      answer.error_message = std::move(error.message);
    } else if (topic != nullptr) {
      describe_topic(topic->config, Wish(resource, request), answer.configs);
    } else if (!resource.name.empty()) {
      describe_broker(broker_, Wish(resource, request), answer.configs);
    }
  }
  return response;
}

}  // namespace weir::embedded::broker::topics
