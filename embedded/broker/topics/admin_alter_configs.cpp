// AlterConfigs (33) replaces all that is set on a topic; IncrementalAlterConfigs (44) changes single settings.
#include "embedded/broker/topics/admin.hpp"
#include "embedded/broker/topics/changes.hpp"
#include "embedded/broker/topics/config_resource.hpp"
#include "embedded/broker/topics/topic_name.hpp"
#include "embedded/broker/topics/topic_setting.hpp"

#include <algorithm>
#include <set>

namespace weir::embedded::broker::topics {

namespace {

using wire::ErrorCode;

enum class ConfigOperation : std::int8_t { set = 0, remove = 1, append = 2, subtract = 3 };

// A key twice, or a key without a value where one is wanted: the request itself is wrong, whatever the settings are.
template <class Configs, class WantsValue>
TopicError check_keys(const Configs& configs, WantsValue wants_value) {
  std::set<std::string_view> keys;
  for (const auto& each : configs) {
    if (!keys.insert(each.name).second) {
      return {ErrorCode::invalid_request, "The setting " + in_quotes(each.name) + " stands in this request twice."};
    }
    if (wants_value(each) && !each.value) {
      return {ErrorCode::invalid_request, "The setting " + in_quotes(each.name) + " comes without a value."};
    }
  }
  return {};
}

std::vector<std::string_view> entries_of(std::string_view list) {
  std::vector<std::string_view> entries;
  for_each_entry(list, [&](std::string_view entry) { entries.push_back(entry); });
  return entries;
}

bool contains(const std::vector<std::string_view>& entries, std::string_view entry) {
  return std::find(entries.begin(), entries.end(), entry) != entries.end();
}

std::string joined(const std::vector<std::string_view>& entries) {
  std::string text;
  for (const std::string_view entry : entries) {
    if (!text.empty()) text += ",";
    text += entry;
  }
  return text;
}

// The list with these entries added, or taken away.
std::string edited(std::string_view list, std::string_view change, ConfigOperation operation) {
  std::vector<std::string_view> entries = entries_of(list);
  const std::vector<std::string_view> changed = entries_of(change);
  if (operation == ConfigOperation::append) {
    for (const std::string_view entry : changed) {
      if (!contains(entries, entry)) entries.push_back(entry);
    }
  } else {
    std::erase_if(entries, [&](std::string_view entry) { return contains(changed, entry); });
  }
  return joined(entries);
}

TopicError replace_all(const wire::AlterConfigsRequest::Resource& resource, TopicConfig& config) {
  TopicError error = check_keys(resource.configs, [](const auto&) { return true; });
  if (!error.ok()) return error;
  config.values.clear();
  for (const auto& each : resource.configs) config.values.emplace(each.name, *each.value);
  return {};
}

TopicError edit(const wire::IncrementalAlterConfigsRequest::Resource::Config& each, TopicConfig& config) {
  const TopicSetting* setting = find_topic_setting(each.name);
  if (setting == nullptr) {
    return {ErrorCode::invalid_config, "A topic has no setting " + in_quotes(each.name) + "."};
  }
  const auto operation = static_cast<ConfigOperation>(each.operation);
  switch (operation) {
    case ConfigOperation::set:
      config.values.insert_or_assign(std::string(each.name), std::string(*each.value));
      return {};
    case ConfigOperation::remove:
      config.values.erase(std::string(each.name));
      return {};
    case ConfigOperation::append:
    case ConfigOperation::subtract:
      if (setting->type != SettingType::list) {
        return {ErrorCode::invalid_config,
                "The setting " + in_quotes(each.name) + " is no list: nothing can be added to it or taken away."};
      }
      config.values.insert_or_assign(std::string(each.name), edited(config.value(each.name), *each.value, operation));
      return {};
  }
  return {ErrorCode::invalid_request, "There is no operation " + std::to_string(each.operation) +
                                          " on settings: 0 sets, 1 deletes, 2 appends, 3 subtracts."};
}

TopicError edit_all(const wire::IncrementalAlterConfigsRequest::Resource& resource, TopicConfig& config) {
  TopicError error = check_keys(resource.configs, [](const auto& each) {
    return each.operation != static_cast<std::int8_t>(ConfigOperation::remove);
  });
  for (auto each = resource.configs.begin(); error.ok() && each != resource.configs.end(); ++each) {
    error = edit(*each, config);
  }
  return error;
}

// What both requests have in common: `change` turns the settings of a topic into the wanted ones.
template <class Response, class Request, class Change>
Response alter(Topics& topics, const Request& request, Change change) {
  Response response;
  Changes changes(topics, request.validate_only);
  const ResourceCounts counts = count_resources(request.resources);
  std::vector<std::size_t> accepted;
  for (const auto& resource : request.resources) {
    auto& answer = response.responses.emplace_back();
    answer.type = resource.type;
    answer.name = resource.name;
    TopicError error = check_alterable(resource.type, resource.name);
    if (error.ok() && counts.at({resource.type, resource.name}) > 1) error = named_twice(resource.name);
    TopicConfig config;
    if (const Topic* topic = error.ok() ? topics.find(resource.name) : nullptr) {
      config = topic->config;
      error = change(resource, config);
    }
    // This one says, too, that there is no such topic.
    if (error.ok()) error = changes.configure(resource.name, std::move(config));
    if (error.ok()) {
      accepted.push_back(response.responses.size() - 1);
    } else {
      answer.error_code = error.code;
      answer.error_message = std::move(error.message);
    }
  }
  const TopicError failed = request.validate_only ? TopicError() : changes.commit();
  if (failed.ok()) return response;
  for (const std::size_t i : accepted) {
    response.responses[i].error_code = failed.code;
    response.responses[i].error_message = failed.message;
  }
  return response;
}

}  // namespace

wire::AlterConfigsResponse TopicAdmin::alter_configs(const RequestContext&, const wire::AlterConfigsRequest& request) {
  return alter<wire::AlterConfigsResponse>(topics_, request, replace_all);
}

wire::IncrementalAlterConfigsResponse TopicAdmin::incremental_alter_configs(
    const RequestContext&, const wire::IncrementalAlterConfigsRequest& request) {
  return alter<wire::IncrementalAlterConfigsResponse>(topics_, request, edit_all);
}

}  // namespace weir::embedded::broker::topics
