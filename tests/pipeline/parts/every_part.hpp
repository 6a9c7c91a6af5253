// A message that has every part, and what each of them is: for tests of all the places where parts may be named.
#pragma once

#include "pipeline/parts/part.hpp"

#include <string>
#include <utility>
#include <vector>

namespace weir::testing {

// Every part by name, with the value that give_every_part() gives to it.
inline const std::vector<std::pair<std::string, std::string>> kEveryPart{
    {"event_id", "0000000a-0000-000b-0000-00000000000c"},
    {"event_type", "OrderPlaced"},
    {"aggregate_id", "A-7"},
    {"aggregate_type", "Order"},
    {"aggregate_version", "-12"},
    {"occurred_on", "2026-01-02T03.04.05Z"},  // not a time, so that it may be a topic's name
    {"correlation_id", "Co-1"},
    {"causation_id", "Ca-2"},
    {"topic", "Orders"},
    {"partition", "3"},
    {"offset", "9007199254740993"},
    {"key", "Key-1"},
    {"header:tenant", "ACME"},
};

inline void give_every_part(Message& message) {
  static constexpr Header kHeaders[] = {{"tenant", "old"}, {"tenant", "ACME"}, {"Tenant", "x"}, {"empty", ""}};
  message.event.id = Uuid{0x0000'000a'0000'000b, 0x0000'0000'0000'000c};
  message.event.type = "OrderPlaced";
  message.event.aggregate_id = "A-7";
  message.event.aggregate_type = "Order";
  message.event.aggregate_version = -12;
  message.event.occurred_on = "2026-01-02T03.04.05Z";
  message.event.correlation_id = "Co-1";
  message.event.causation_id = "Ca-2";
  message.origin = {"cluster-1", "Orders", 3, 9007199254740993, 1'700'000'000'123};
  message.key = "Key-1";
  message.headers = kHeaders;
}

}  // namespace weir::testing
