#include "cli/build_info.hpp"
#include "cli/verbs.hpp"
#include "pipeline/text/json_writer.hpp"

#include <boost/version.hpp>
#include <librdkafka/rdkafka.h>
#include <rocksdb/version.h>
#include <simdjson.h>

#include <ostream>

namespace weir::cli {

namespace {

struct Fact {
  std::string_view name;
  std::string value;
};

std::string boost_version() {
  return std::to_string(BOOST_VERSION / 100000) + "." + std::to_string(BOOST_VERSION / 100 % 1000) + "." +
         std::to_string(BOOST_VERSION % 100);
}

std::string rocksdb_version() {
  return std::to_string(ROCKSDB_MAJOR) + "." + std::to_string(ROCKSDB_MINOR) + "." + std::to_string(ROCKSDB_PATCH);
}

std::string simdjson_version() {
  return std::to_string(simdjson::SIMDJSON_VERSION_MAJOR) + "." + std::to_string(simdjson::SIMDJSON_VERSION_MINOR) +
         "." + std::to_string(simdjson::SIMDJSON_VERSION_REVISION);
}

std::vector<Fact> collect_facts() {
  return {
      {"version", WEIR_VERSION},
      {"commit", WEIR_GIT_DESCRIBE},
      {"build", WEIR_BUILD_TYPE},
      {"sanitizers", WEIR_SANITIZERS},
#if defined(__clang__)
      {"compiler", "clang " __clang_version__},
#else
      {"compiler", "gcc " __VERSION__},
#endif
      {"librdkafka", rd_kafka_version_str()},
      {"grpc", WEIR_GRPC_VERSION},
      {"protobuf", WEIR_PROTOBUF_VERSION},
      {"rocksdb", rocksdb_version()},
      {"simdjson", simdjson_version()},
      {"boost", boost_version()},
      {"json_kernel", std::string(simdjson::get_active_implementation()->name())},
  };
}

}  // namespace

ExitCode run_version(const VersionOptions& options, Console& console) {
  const std::vector<Fact> facts = collect_facts();
  if (!options.json) {
    console.out << "weir " WEIR_VERSION "\n";
    for (std::size_t i = 1; i < facts.size(); ++i) {
      if (facts[i].value.empty()) continue;
      console.out << "  " << facts[i].name << std::string(14 - facts[i].name.size(), ' ') << facts[i].value << '\n';
    }
    return ExitCode::ok;
  }
  std::string text;
  text::JsonWriter json(text);
  json.begin_object();
  for (const Fact& fact : facts) {
    if (fact.value.empty()) {
      json.null_member(fact.name);
    } else {
      json.member(fact.name, fact.value);
    }
  }
  json.end_object();
  console.out << text << '\n';
  return ExitCode::ok;
}

}  // namespace weir::cli
