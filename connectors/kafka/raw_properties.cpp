#include "connectors/kafka/raw_properties.hpp"

#include <array>

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

}  // namespace

std::string refuse_raw_property(std::string_view name) {
  for (const Owned& owned : kOwned) {
    if (owned.name == name)
      return "'" + std::string(name) + "' cannot be set here: " + std::string(owned.why) + std::string(owned.option);
  }
  return {};
}

std::string refuse_raw_properties(const RawProperties& properties) {
  for (const auto& [name, value] : properties) {
    if (std::string why = refuse_raw_property(name); !why.empty()) return why;
  }
  return {};
}

bool is_secret_property(std::string_view name) {
  constexpr std::array<std::string_view, 4> kSecret = {"password", "secret", "key.pem", "oauthbearer.config"};
  for (const std::string_view part : kSecret) {
    if (name.find(part) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace weir::connectors::kafka
