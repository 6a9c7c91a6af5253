#include "sinks/register.hpp"

#include "sinks/drop/drop.hpp"
#include "sinks/eventstoredb/register.hpp"
#include "sinks/file/file.hpp"
#include "sinks/kafka/register.hpp"
#include "sinks/stdout/stdout.hpp"

namespace weir::sinks {

void register_sinks(Registry& registry) {
  drop::register_drop_sink(registry);
  standard_output::register_stdout_sink(registry);
  file::register_file_sink(registry);
  kafka::register_kafka_sink(registry);
  eventstoredb::register_eventstoredb_sink(registry);
}

}  // namespace weir::sinks
