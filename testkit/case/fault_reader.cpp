#include "testkit/case/fault_reader.hpp"

#include "pipeline/config/spec.hpp"
#include "testkit/store_faults.hpp"

#include <algorithm>

namespace weir::testkit {

namespace {

using config::Diagnostics;
using config::join_path;
using config::Node;

constexpr std::string_view kStores = "eventstoredb";

struct StoreFaultOptions {
  std::string connection;
  std::uint64_t on_append = 1;
  std::uint64_t times = 1;
  std::string fault;
  std::optional<Duration> time;
};

Spec<StoreFaultOptions> store_fault_spec() {
  using S = StoreFaultOptions;
  std::string names;
  for (const StoreFaultName& fault : store_fault_names()) names.append(names.empty() ? "" : ", ").append(fault.name);
  Spec<S> spec("An append that does not go well.");
  spec.option("connection", &S::connection, "Of which store; may be left out where there is one.");
  spec.option("on_append", &S::on_append, "The append that it befalls, counted from 1.").min(1);
  spec.option("times", &S::times, "It and the appends behind it, so many in all.").min(1).max(100'000);
  spec.option("do", &S::fault, "What happens: " + names + ".").required().example("timeout_after_commit");
  spec.option("for", &S::time, "How long it takes, of a fault that takes time.").min(Duration(1)).max(kLongestTime);
  return spec;
}

struct AtMessageOptions {
  std::uint64_t at_message = 0;
};

Spec<AtMessageOptions> at_message_spec() {
  Spec<AtMessageOptions> spec("When it happens.");
  spec.option("at_message", &AtMessageOptions::at_message, "When so many messages have been read.")
      .required()
      .min(1)
      .example("20");
  return spec;
}

struct AwayOptions {
  std::string connection;
  Duration time{};
};

Spec<AwayOptions> away_spec() {
  Spec<AwayOptions> spec("A server that cannot be reached.");
  spec.option("connection", &AwayOptions::connection, "The connection whose server is away.")
      .required()
      .example("store");
  spec.option("for", &AwayOptions::time, "How long.").required().min(Duration(1)).max(kLongestTime).example("10m");
  return spec;
}

struct AwayAtOptions : AwayOptions {
  std::uint64_t at_message = 0;
};

Spec<AwayAtOptions> away_at_spec() {
  using A = AwayAtOptions;
  Spec<A> spec("A server that cannot be reached from some message on.");
  spec.option("at_message", &A::at_message, "From when so many messages have been read.")
      .required()
      .min(1)
      .example("20");
  spec.option("connection", &A::connection, "The connection whose server is away.").required().example("store");
  spec.option("for", &A::time, "How long.").required().min(Duration(1)).max(kLongestTime).example("10m");
  return spec;
}

// The kind of the connection of that name; nothing after a finding.
std::optional<std::string> kind_of(const std::string& name, const Node& node, const std::string& path,
                                   const Vocabulary& words, Diagnostics& out) {
  std::vector<std::string_view> known;
  for (const auto& [connection, kind] : words.connections) {
    if (connection == name) return kind;
    known.push_back(connection);
  }
  const Node* written = node.find("connection");
  out.error("unknown-connection", written == nullptr ? node.mark() : written->mark(), path,
            "the pipeline has no connection " + config::quote(name), config::suggest(name, known));
  return std::nullopt;
}

class FaultReader {
 public:
  FaultReader(const Vocabulary& words, Diagnostics& out) : words_(words), out_(out) {}

  std::optional<Fault> read(const Node& node, const std::string& path) {
    static constexpr std::string_view kExpected =
        "one of store, away, crash, rebalance, such as { crash: { at_message: 20 } }";
    if (node.kind() != Node::Kind::mapping || node.members().size() != 1) {
      config::wrong_type(node, {path, false, out_}, kExpected,
                         node.members().size() > 1 ? "one key each: begin a new item with '-'" : "");
      return std::nullopt;
    }
    const Node::Member& member = node.members().front();
    const std::string its_path = join_path(path, member.key);
    if (member.key == "store") return store(member, its_path);
    if (member.key == "away") return away(member, its_path);
    if (member.key == "crash") return at_message(member, its_path, Crash{});
    if (member.key == "rebalance") return at_message(member, its_path, Rebalance{});
    out_.error("unknown-key", member.mark, path, "there is no fault " + config::quote(member.key),
               config::suggest(member.key, {"store", "away", "crash", "rebalance"}));
    return std::nullopt;
  }

 private:
  std::optional<Fault> store(const Node::Member& member, const std::string& path) {
    static const Spec<StoreFaultOptions> kSpec = store_fault_spec();
    const std::size_t errors = out_.error_count();
    StoreFaultOptions options = kSpec.parse(member.value, path, out_);
    if (out_.error_count() != errors) return std::nullopt;
    if (!is_fault(options, member.value, path)) return std::nullopt;
    if (options.connection.empty() && !only_store(options.connection, member, path)) return std::nullopt;
    const std::optional<std::string> kind = kind_of(options.connection, member.value, path, words_, out_);
    if (!kind) return std::nullopt;
    if (*kind != kStores) {
      out_.error(
          "wrong-connection", member.value.find("connection")->mark(), path,
          "the connection " + config::quote(options.connection) + " is of kind '" + *kind + "'; a store is wanted");
      return std::nullopt;
    }
    return Fault{member.mark, StoreFault{options.connection, options.on_append, options.times, options.fault,
                                         options.time.value_or(Duration::zero())}};
  }

  bool is_fault(const StoreFaultOptions& options, const Node& node, const std::string& path) {
    const auto named = std::ranges::find(store_fault_names(), options.fault, &StoreFaultName::name);
    if (named == store_fault_names().end()) {
      std::vector<std::string_view> known;
      for (const StoreFaultName& fault : store_fault_names()) known.push_back(fault.name);
      out_.error("unknown-value", node.find("do")->mark(), join_path(path, "do"),
                 "a store has no fault " + config::quote(options.fault), config::suggest(options.fault, known));
      return false;
    }
    if (named->takes_time == options.time.has_value()) return true;
    if (named->takes_time) {
      out_.error("missing-key", node.mark(), path, "'do: " + options.fault + "' needs to know for how long",
                 "add for instance 'for: 3s'");
    } else {
      out_.error("invalid-value", node.find("for")->mark(), join_path(path, "for"),
                 "'do: " + options.fault + "' takes no time", "remove 'for'");
    }
    return false;
  }

  bool only_store(std::string& name, const Node::Member& member, const std::string& path) {
    const std::vector<std::string> stores = words_.connections_of(kStores);
    if (stores.size() == 1) {
      name = stores.front();
      return true;
    }
    out_.error("missing-key", member.mark, path,
               stores.empty() ? "the pipeline uses no event store"
                              : "'connection' is missing: the pipeline uses several event stores",
               stores.empty() ? "" : config::suggest("", {stores.begin(), stores.end()}));
    return false;
  }

  std::optional<Fault> away(const Node::Member& member, const std::string& path) {
    static const Spec<AwayAtOptions> kSpec = away_at_spec();
    const std::size_t errors = out_.error_count();
    const AwayAtOptions options = kSpec.parse(member.value, path, out_);
    if (out_.error_count() != errors) return std::nullopt;
    std::optional<std::string> kind = kind_of(options.connection, member.value, path, words_, out_);
    if (!kind) return std::nullopt;
    return Fault{member.mark, AtMessage{options.at_message, Away{options.connection, *kind, options.time}}};
  }

  template <class What>
  std::optional<Fault> at_message(const Node::Member& member, const std::string& path, What what) {
    static const Spec<AtMessageOptions> kSpec = at_message_spec();
    const std::size_t errors = out_.error_count();
    const AtMessageOptions options = kSpec.parse(member.value, path, out_);
    if (out_.error_count() != errors) return std::nullopt;
    return Fault{member.mark, AtMessage{options.at_message, what}};
  }

  const Vocabulary& words_;
  Diagnostics& out_;
};

}  // namespace

std::vector<Fault> read_faults(const Node& node, const std::string& path, const Vocabulary& words, Diagnostics& out) {
  std::vector<Fault> faults;
  if (node.kind() == Node::Kind::null) return faults;
  if (node.kind() != Node::Kind::sequence) {
    config::wrong_type(node, {path, false, out}, "a list of faults, such as [ { crash: { at_message: 20 } } ]",
                       node.kind() == Node::Kind::mapping ? "put '- ' before each fault" : "");
    return faults;
  }
  for (std::size_t i = 0; i < node.items().size(); ++i) {
    if (std::optional<Fault> fault = FaultReader(words, out).read(node.items()[i], join_path(path, i)))
      faults.push_back(std::move(*fault));
  }
  return faults;
}

std::optional<Away> read_away(const Node& node, const std::string& path, const Vocabulary& words, Diagnostics& out) {
  static const Spec<AwayOptions> kSpec = away_spec();
  const std::size_t errors = out.error_count();
  const AwayOptions options = kSpec.parse(node, path, out);
  if (out.error_count() != errors) return std::nullopt;
  std::optional<std::string> kind = kind_of(options.connection, node, path, words, out);
  if (!kind) return std::nullopt;
  return Away{options.connection, *kind, options.time};
}

}  // namespace weir::testkit
