// Effects: what a world has to show for the work of its processes, and how two such results differ. Private to this folder.
#pragma once

#include "testkit/world.hpp"

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace weir::testkit {

// One thing that was written. Times and counts of attempts are no part of it: a crash may change them.
struct Effect {
  std::string identity;  // what makes it the same in another run
  std::string order;     // it stands behind earlier ones of the same order; empty: behind none
  std::string display;   // for messages
  friend bool operator==(const Effect& a, const Effect& b) { return a.identity == b.identity && a.order == b.order; }
};

// By where it was written: "stream Order-1", "topic orders.dlq" ("topic orders of other" where there are several
// brokers), "file out.jsonl".
using Effects = std::map<std::string, std::vector<Effect>>;

// How many records each topic holds, of every broker: what was there before.
using TopicSizes = std::map<std::string, std::size_t>;
TopicSizes topic_sizes(World& world);

// Topics, each with the broker that has it by the name that World::kafkas() gives it.
using TopicsAt = std::set<std::pair<std::string, std::string>>;

// What was written since; topics of `read` are left out: they are input.
Effects effects_of(World& world, const TopicSizes& before, const TopicsAt& read);

// What promise `got` breaks that `expected` keeps, as a sentence that begins with its name; empty: none.
std::string broken_promise(const Effects& expected, const Effects& got);

}  // namespace weir::testkit
