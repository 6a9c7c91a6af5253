#include "connectors/kafka/raw_properties.hpp"

#include "connectors/kafka/rdkafka.hpp"
#include "pipeline/config/option.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace weir::connectors::kafka {

namespace {

struct Owned {
  std::string_view name;
  std::string_view why;
  std::string_view option = {};  // of weir's own that says the same
};

constexpr std::string_view kUseOption = "weir has an option of its own for it: ";
constexpr std::string_view kAcks =
    "weir commits what is settled and nothing else; a setting of the client's could lose messages";
constexpr std::string_view kOrder = "the promise of order and no double effect rests on it";
constexpr std::string_view kCallbacks = "the client's events are served by weir";

constexpr std::array kOwned = {
    Owned{"bootstrap.servers", kUseOption, "brokers of the connection"},
    Owned{"metadata.broker.list", kUseOption, "brokers of the connection"},
    Owned{"group.id", kUseOption, "group of the source"},
    Owned{"group.instance.id", kUseOption, "instance_id of the source"},
    Owned{"client.id", kUseOption, "client_id"},
    Owned{"session.timeout.ms", kUseOption, "session_timeout of the source"},
    Owned{"heartbeat.interval.ms", kUseOption, "heartbeat_interval of the source"},
    Owned{"auto.offset.reset", kUseOption, "start of the source"},
    Owned{"topic.auto.offset.reset", kUseOption, "start of the source"},
    Owned{"security.protocol", kUseOption, "tls and sasl of the connection"},
    Owned{"sasl.mechanism", kUseOption, "sasl.mechanism of the connection"},
    Owned{"sasl.mechanisms", kUseOption, "sasl.mechanism of the connection"},
    Owned{"sasl.username", kUseOption, "sasl.username of the connection"},
    Owned{"sasl.password", kUseOption, "sasl.password of the connection"},
    Owned{"ssl.key.password", kUseOption, "tls.key_password of the connection"},
    Owned{"enable.auto.commit", kAcks},
    Owned{"auto.commit.enable", kAcks},
    Owned{"auto.commit.interval.ms", kAcks},
    Owned{"enable.auto.offset.store", kAcks},
    Owned{"acks", kAcks},
    Owned{"request.required.acks", kAcks},
    Owned{"isolation.level", "weir reads what is committed; aborted records must not reach a sink"},
    Owned{"allow.auto.create.topics", "weir creates no topics: a misspelt name must be an error"},
    Owned{"check.crcs", "weir must never take a damaged record for a good one"},
    Owned{"topic.blacklist", "weir sets it, so that an expression never means internal topics"},
    Owned{"enable.partition.eof", "weir needs it to know when everything has been read"},
    Owned{"enable.idempotence", kOrder},
    Owned{"max.in.flight", kOrder},
    Owned{"max.in.flight.requests.per.connection", kOrder},
    Owned{"transactional.id", "weir's producer is idempotent, not transactional"},
    Owned{"partition.assignment.strategy", "weir uses eager assignment with this client"},
    Owned{"enabled_events", kCallbacks},
    Owned{"error_cb", kCallbacks},
    Owned{"log_cb", kCallbacks},
    Owned{"stats_cb", kCallbacks},
    Owned{"rebalance_cb", kCallbacks},
    Owned{"offset_commit_cb", kCallbacks},
    Owned{"dr_cb", kCallbacks},
    Owned{"dr_msg_cb", kCallbacks},
    Owned{"consume_cb", kCallbacks},
    Owned{"opaque", kCallbacks},
    Owned{"log.queue", kCallbacks},
    Owned{"plugin.library.paths", "a configuration file must not load code into the process"},
};

constexpr std::string_view kBlock = "librdkafka";
constexpr std::size_t kMostRefused = 100;  // of one block: the nearest name is not found without looking at all

const config::Node::Member* find_member(const config::Node& block, std::string_view key) {
  const auto found = std::ranges::find(block.members(), key, &config::Node::Member::key);
  return found == block.members().end() ? nullptr : &*found;
}

// The properties that the library lists, which it only does into a file: a row each, whose first cell is the name.
std::vector<std::string> known_properties() {
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* const table = ::open_memstream(&text, &size);
  if (table == nullptr) return {};
  rd_kafka_conf_properties_show(table);
  std::fclose(table);
  std::vector<std::string> names;
  std::string_view rest(text, size);
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const std::string_view name = line.substr(0, line.find(' '));
    if (line.find('|') != line.npos && name.find('.') != name.npos) names.emplace_back(name);
  }
  std::free(text);
  return names;
}

// "fetch.max.wait.ms", as the clients for Java call it, is "fetch.wait.max.ms" here.
std::vector<std::string> sorted_words(std::string_view name) {
  std::vector<std::string> words{""};
  for (const char c : name) {
    if (c == '.')
      words.emplace_back();
    else
      words.back() += c;
  }
  std::ranges::sort(words);
  return words;
}

std::string suggested(std::string_view name) {
  static const std::vector<std::string> kKnown = known_properties();
  const std::vector<std::string_view> known(kKnown.begin(), kKnown.end());
  const std::vector<std::string> words = sorted_words(name);
  const auto same = std::ranges::find_if(known, [&](std::string_view other) { return sorted_words(other) == words; });
  const std::string_view near = same == known.end() ? config::nearest(name, known) : *same;
  return near.empty() ? "its CONFIGURATION.md lists all of them" : "did you mean '" + std::string(near) + "'?";
}

}  // namespace

std::string refuse_raw_property(std::string_view name) {
  for (const Owned& owned : kOwned) {
    if (owned.name == name)
      return "'" + std::string(name) + "' cannot be set here: " + std::string(owned.why) + std::string(owned.option);
  }
  return {};
}

void check_raw_properties(const RawProperties& properties, const config::Node& where, const std::string& path,
                          config::Diagnostics& out) {
  const rdkafka::Conf scratch(rd_kafka_conf_new());
  const config::Node* block = where.find(kBlock);
  const std::size_t most = out.error_count() + kMostRefused;
  for (const auto& [name, value] : properties) {
    if (out.error_count() > most) return;
    const config::Node::Member* written = block == nullptr ? nullptr : find_member(*block, name);
    const config::Mark& mark = written == nullptr ? where.mark() : written->mark;
    const std::string at = config::join_path(config::join_path(path, kBlock), name);
    if (std::string why = refuse_raw_property(name); !why.empty()) {
      out.error("invalid-value", mark, at, std::move(why));
      continue;
    }
    char why[256] = "";  // not shown: it repeats the value, which may be a password
    switch (rd_kafka_conf_set(scratch.get(), name.c_str(), value.c_str(), why, sizeof(why))) {
      case RD_KAFKA_CONF_OK:
        break;
      case RD_KAFKA_CONF_UNKNOWN:
        out.error("unknown-property", mark, at, "librdkafka has no property " + config::quote(name), suggested(name));
        continue;
      case RD_KAFKA_CONF_INVALID:
        out.error("unknown-property", written == nullptr ? mark : written->value.mark(), at,
                  "librdkafka refuses this value of its property " + config::quote(name),
                  "its CONFIGURATION.md says which it takes");
        continue;
    }
    if (written != nullptr && is_secret_property(name) && !value.empty() && !written->value.substituted())
      detail::report_in_clear(written->value, {at, true, out});
  }
}

bool is_secret_property(std::string_view name) {
  constexpr std::array<std::string_view, 4> kSigns = {"password", "secret", "key.pem", "oauthbearer.config"};
  return std::ranges::any_of(kSigns, [name](std::string_view sign) { return name.find(sign) != name.npos; });
}

}  // namespace weir::connectors::kafka
