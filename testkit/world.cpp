#include "testkit/world.hpp"

#include "testkit/process.hpp"
#include "testkit/simulated.hpp"

#include <boost/assert.hpp>

#include <stdexcept>

namespace weir::testkit {

struct World::KafkaServer {
  KafkaServer(const Executor& executor, weir::testing::ManualClock& clock, std::string its_name)
      : kafka(executor, clock), name(std::move(its_name)) {}
  connectors::kafka::FakeKafka kafka;
  std::string name;  // the first one it was given
};

struct World::StoreServer {
  StoreServer(const Executor& executor, Clock& clock, std::string its_name)
      : store(clock, executor), name(std::move(its_name)) {}
  connectors::eventstoredb::FakeStore store;
  std::string name;
};

namespace {

// The server behind a connection; `name` may be nullptr: the only one.
template <class Servers>
auto& find_server(const Servers& servers, const std::map<std::string, std::string>& names, const std::string* name,
                  std::string_view kind) {
  std::string known;
  for (const auto& [one, address] : names) known += (known.empty() ? "" : ", ") + one;
  if (known.empty()) known = "none";
  if (name == nullptr) {
    if (servers.size() == 1) return *servers.begin()->second;
    throw std::out_of_range("the world has " + std::to_string(servers.size()) + " servers of the kind " +
                            std::string(kind) + ": say which connection (" + known + ")");
  }
  const auto found = names.find(*name);
  if (found != names.end()) return *servers.at(found->second);
  throw std::out_of_range("no plan has a " + std::string(kind) + " connection '" + *name + "'; there are: " + known);
}

template <class Servers>
std::vector<std::string> names_of(const Servers& servers) {
  std::vector<std::string> names;
  for (const auto& [address, server] : servers) names.push_back(server->name);
  return names;
}

}  // namespace

std::string_view to_string(Happening::What what) {
  switch (what) {
    case Happening::What::started:
      return "started";
    case Happening::What::stopped:
      return "stopped";
    case Happening::What::crashed:
      return "crashed";
    case Happening::What::reloaded:
      return "reloaded";
    case Happening::What::paused:
      return "paused";
    case Happening::What::resumed:
      return "resumed";
    case Happening::What::retried:
      return "retried";
    case Happening::What::failed:
      return "failed";
  }
  return "failed";
}

World::World() : World(Settings()) {}
World::World(Settings settings) : settings_(settings) {}

World::~World() {
  BOOST_ASSERT_MSG(processes_.empty(), "a world goes after its processes");
}

void World::know(const Topology& topology) {
  for (const auto& [name, connection] : topology.connections) {
    const std::string address = address_of(connection);
    if (connection.type->name == "kafka") {
      auto& server = kafkas_[address];
      if (server == nullptr) server = std::make_unique<KafkaServer>(executor(), clock_, name);
      kafka_names_[name] = address;
    } else if (connection.type->name == "eventstoredb") {
      auto& server = stores_[address];
      if (server == nullptr) server = std::make_unique<StoreServer>(executor(), clock_, name);
      store_names_[name] = address;
    }
  }
  if (!settings_.make_topics) return;
  for (const PipelinePlan& pipeline : topology.pipelines) {
    for (const Use& use : uses_of(pipeline)) {
      if (use.what != Use::What::topic || !use.is_exact || !kafka_names_.contains(use.lies_at)) continue;
      connectors::kafka::FakeKafka& broker = kafka(use.lies_at);
      if (broker.partitions(use.name) == 0) broker.create_topic(use.name, settings_.partitions);
    }
  }
}

connectors::kafka::FakeKafka& World::kafka(const std::string& connection) {
  return find_server(kafkas_, kafka_names_, &connection, "kafka").kafka;
}
connectors::kafka::FakeKafka& World::kafka() {
  return find_server(kafkas_, kafka_names_, nullptr, "kafka").kafka;
}
connectors::eventstoredb::FakeStore& World::store(const std::string& connection) {
  return find_server(stores_, store_names_, &connection, "eventstoredb").store;
}
connectors::eventstoredb::FakeStore& World::store() {
  return find_server(stores_, store_names_, nullptr, "eventstoredb").store;
}
std::vector<std::string> World::kafkas() const {
  return names_of(kafkas_);
}
std::string World::kafka_name(const std::string& connection) const {
  return find_server(kafkas_, kafka_names_, &connection, "kafka").name;
}
std::vector<std::string> World::stores() const {
  return names_of(stores_);
}
MemoryFile& World::file(const std::string& path) {
  return files_[path];
}

// Does all that can be done at this instant, and looks at what it has come to.
void World::settle() {
  clock_.run_until_idle();
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    if (processes_[i]->cut_off()) processes_[i]->put_away();
  }
  for (Process* const process : processes_) process->observe();
}

Waited World::run_until(const std::function<bool()>& reached, Duration limit) {
  const TimePoint begun = clock_.now();
  const TimePoint until = begun + limit;
  Waited waited;
  for (;;) {
    settle();
    waited.took = clock_.now() - begun;
    if (reached()) return waited;
    const std::optional<TimePoint> next = clock_.next_wake();
    if (!next || *next > until) {
      waited.end = next ? Waited::End::time_limit : Waited::End::stuck;
      waited.why = who_waits();
      if (next) clock_.advance(until - clock_.now());
      waited.took = clock_.now() - begun;
      return waited;
    }
    clock_.advance_to_next();
  }
}

Waited World::run_until_idle(Duration limit) {
  return run_until([this] { return idle(); }, limit);
}

bool World::idle() const {
  for (const Process* process : processes_) {
    if (process->moving()) return false;
  }
  for (const auto& [address, server] : kafkas_) {
    if (!server->kafka.caught_up()) return false;
  }
  return true;
}

void World::advance(Duration by) {
  const TimePoint until = clock_.now() + by;
  run_until([this, until] { return clock_.now() >= until; }, by);
}

void World::note(Happening happening) {
  happening.at = clock_.now();
  happenings_.push_back(std::move(happening));
}

std::string World::who_waits() const {
  std::string text;
  for (const Process* process : processes_) text += process->who_waits();
  for (const auto& [address, server] : kafkas_) {
    for (const std::string& line : server->kafka.who_waits()) text += server->name + ": " + line + "\n";
  }
  for (const auto& [address, server] : stores_) {
    const std::size_t appends = server->store.in_flight();
    if (appends > 0) text += server->name + ": " + std::to_string(appends) + " appends without an answer\n";
  }
  return text.empty() ? "nothing runs\n" : text;
}

}  // namespace weir::testkit
