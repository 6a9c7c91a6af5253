// How a static member leaves its group. Private to this folder.
#pragma once

#include "connectors/kafka/rdkafka.hpp"

namespace weir::connectors::kafka::rdkafka {

// Makes a consumer with a group.instance.id ask its coordinator to be removed; closing it waits for the answer. A close
// alone would leave it in the group until its session ends, as restarts want it. Blocks, for some seconds at most: when
// nothing comes of it, the session's end does the same. Nobody else serves the consumer's queue any more.
void give_up_membership(rd_kafka_t* consumer);

}  // namespace weir::connectors::kafka::rdkafka
