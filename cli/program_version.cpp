#include "cli/program_version.hpp"

#include "cli/build_info.hpp"
#include "pipeline/text/json_writer.hpp"

#include <boost/version.hpp>
#include <librdkafka/rdkafka.h>
#include <rocksdb/version.h>
#include <simdjson.h>

namespace weir::cli {

namespace {

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

}  // namespace

std::vector<VersionFact> version_facts() {
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

std::string version_json() {
  std::string text;
  text::JsonWriter json(text);
  json.begin_object();
  for (const VersionFact& fact : version_facts()) {
    if (fact.value.empty()) {
      json.null_member(fact.name);
    } else {
      json.member(fact.name, fact.value);
    }
  }
  json.end_object();
  return text + "\n";
}

admin::Identity program_identity() {
#if defined(__clang__)
  return {WEIR_VERSION, WEIR_GIT_DESCRIBE, "clang " __clang_version__};
#else
  return {WEIR_VERSION, WEIR_GIT_DESCRIBE, "gcc " __VERSION__};
#endif
}

}  // namespace weir::cli
