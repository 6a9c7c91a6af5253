// What a person can do about librdkafka's errors. Private to this folder.
#pragma once

#include "connectors/kafka/rdkafka.hpp"

#include <string>
#include <string_view>

namespace weir::connectors::kafka::rdkafka {

// A sentence for `code` and what librdkafka says with it; empty where that says enough by itself. One code stands for many
// faults ("transport failure"), and only the text tells them apart: a port that speaks TLS or does not, that wants a user
// or none, that is no Kafka broker's.
std::string advice_for(rd_kafka_resp_err_t code, std::string_view said);

// The topic whose absence librdkafka's subscription complains of; empty for other texts.
std::string_view missing_topic_in(std::string_view said);

}  // namespace weir::connectors::kafka::rdkafka
