#include "testkit/simulated.hpp"

#include "connectors/eventstoredb/connection.hpp"
#include "connectors/kafka/connection.hpp"
#include "connectors/kafka/source_config.hpp"
#include "sinks/file/file.hpp"
#include "sinks/stdout/stdout.hpp"
#include "testkit/kafka_line.hpp"
#include "testkit/store_line.hpp"

#include <algorithm>

namespace weir::testkit {

namespace kf = connectors::kafka;
namespace es = connectors::eventstoredb;

namespace {

constexpr const char* kEmbeddedUrl = "embedded";

// Only an address, for a connection that says `embedded`: the world's store is behind it.
class NoServer final : public EmbeddedServer {
 public:
  std::string address() const override { return "esdb://embedded:2113?tls=false"; }
  void stop() override {}
};

// Below a line sink of one process.
class FileLine final : public sinks::LineTarget {
 public:
  FileLine(MemoryFile& file, std::string name, std::shared_ptr<Lifeline> line)
      : file_(file), name_(std::move(name)), line_(std::move(line)) {}

  Result<void> append(std::string_view bytes) override {
    if (!line_->enter(CallKind::write, name_)) return Lifeline::dead();
    const std::size_t call = line_->last();
    Result<void> written = file_.append(bytes);
    if (!line_->leave(call)) return Lifeline::dead();
    return written;
  }

 private:
  MemoryFile& file_;
  const std::string name_;
  const std::shared_ptr<Lifeline> line_;
};

template <class C>
const C& config_as(const ComponentType::Config& config) {
  return *static_cast<const C*>(config.get());
}

std::string joined_sorted(std::vector<std::string> parts) {
  std::ranges::sort(parts);
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ",") + part;
  return text;
}

std::string brokers_of(const kf::KafkaConnectionConfig& config) {
  std::vector<std::string> brokers;
  std::string one;
  for (const char c : config.brokers + ",") {
    if (c == ' ') continue;
    if (c != ',') {
      one.push_back(c);
    } else if (!one.empty()) {
      brokers.push_back(std::exchange(one, {}));
    }
  }
  return joined_sorted(std::move(brokers));
}

std::string hosts_of(const es::ConnectionConfig& config) {
  const Result<es::ParsedConnectionString> parsed = es::parse_connection_string(config.url);
  if (config.url == kEmbeddedUrl || parsed.has_error()) return config.url;
  std::vector<std::string> hosts;
  for (const es::HostPort& host : parsed->settings.hosts) hosts.push_back(host.host + ":" + std::to_string(host.port));
  return joined_sorted(std::move(hosts));
}

using ChangeType = std::function<void(ComponentType&)>;

// A type is shared by plans: a change is made to a copy.
void change_type(ComponentPlan& plan, const ChangeType& how) {
  auto copy = std::make_shared<ComponentType>(*plan.type);
  how(*copy);
  plan.type = std::move(copy);
}

void connect_to(ComponentPlan& plan, kf::FakeKafka& kafka, const std::string& process, std::shared_ptr<Lifeline> line) {
  change_type(plan, [&](ComponentType& type) {
    type.make_connection = [&kafka, process, line](const ComponentType::Config& config, BuildContext& context) {
      const auto& cluster = config_as<kf::KafkaConnectionConfig>(config);
      kf::KafkaClients clients = kafka_clients(kafka, process, context.clock, line);
      return Result<std::shared_ptr<Connection>>(
          std::make_shared<kf::KafkaConnection>(kf::cluster_settings(cluster), std::move(clients), context.blocking));
    };
  });
}

void connect_to(ComponentPlan& plan, es::FakeStore& store, std::shared_ptr<Lifeline> line) {
  change_type(plan, [&](ComponentType& type) {
    type.make_connection = [&store, line](const ComponentType::Config& config, BuildContext& context) {
      const es::MakeStoreClient make = [&store, line](const es::ConnectionSettings&) {
        return Result<std::shared_ptr<es::StoreClient>>(std::make_shared<StoreLine>(store, line));
      };
      const StartEmbedded start = [](const std::filesystem::path&) {
        return Result<std::shared_ptr<EmbeddedServer>>(std::make_shared<NoServer>());
      };
      return Result<std::shared_ptr<Connection>>(std::make_shared<es::StoreConnection>(
          config_as<es::ConnectionConfig>(config), make, context.blocking, start, context.data_dir));
    };
  });
}

// `instance_id: auto` would make up an id and keep it in a file.
void name_member(ComponentPlan& source, const std::string& process, const std::string& pipeline) {
  if (source.type->name != "kafka") return;
  const auto& written = config_as<kf::KafkaSourceConfig>(source.config);
  if (written.instance_id != "auto") return;
  auto named = std::make_shared<kf::KafkaSourceConfig>(written);
  named->instance_id = process + "-" + pipeline;
  source.config = std::move(named);
}

void write_to(ComponentPlan& sink, World& world, std::shared_ptr<Lifeline> line) {
  if (sink.type->name == "file") {
    change_type(sink, [&](ComponentType& type) {
      type.make_sink = [&world, line](const ComponentType::Config& config, BuildContext& context) {
        const std::string& path = config_as<sinks::file::FileConfig>(config).path;
        auto target = std::make_unique<FileLine>(world.file(path), path, line);
        auto writer = std::make_shared<sinks::LineWriter>(std::move(target), context.blocking);
        return Result<std::unique_ptr<Sink>>(sinks::file::make_file_sink(std::move(writer)));
      };
    });
  } else if (sink.type->name == "stdout") {
    change_type(sink, [&](ComponentType& type) {
      type.make_sink = [&world, line](const ComponentType::Config& config, BuildContext& context) {
        auto target = std::make_unique<FileLine>(world.standard_output(), "the standard output", line);
        auto writer = std::make_shared<sinks::LineWriter>(std::move(target), context.blocking);
        return Result<std::unique_ptr<Sink>>(sinks::standard_output::make_stdout_sink(
            config_as<sinks::standard_output::StdoutConfig>(config),
            [writer = std::move(writer)]() -> Result<std::shared_ptr<sinks::LineWriter>> { return writer; }));
      };
    });
  }
}

}  // namespace

std::string address_of(const ComponentPlan& connection) {
  if (connection.type->name == "kafka") return brokers_of(config_as<kf::KafkaConnectionConfig>(connection.config));
  if (connection.type->name == "eventstoredb") return hosts_of(config_as<es::ConnectionConfig>(connection.config));
  return {};
}

Topology simulated(Topology plan, World& world, const std::string& process, std::shared_ptr<Lifeline> line) {
  for (auto& [name, connection] : plan.connections) {
    if (connection.type->name == "kafka") connect_to(connection, world.kafka(name), process, line);
    if (connection.type->name == "eventstoredb") connect_to(connection, world.store(name), line);
  }
  for (PipelinePlan& pipeline : plan.pipelines) {
    name_member(pipeline.source, process, pipeline.name);
    for (auto& [name, sink] : pipeline.sinks) write_to(sink, world, line);
  }
  return plan;
}

}  // namespace weir::testkit
