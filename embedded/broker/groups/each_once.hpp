// each_once: the partitions that a request names, without repetitions.
#pragma once

#include "pipeline/base/units.hpp"

#include <map>
#include <set>
#include <string_view>
#include <vector>

namespace weir::embedded::broker::groups {

struct NamedPartitions {
  std::string_view topic;  // of the request's frame
  std::vector<Partition> partitions;
};

// Each topic once and each of its partitions once, in the order of their first mention: what is answered per name must
// not grow with how often a client writes it.
template <class Topic>
std::vector<NamedPartitions> each_once(const std::vector<Topic>& topics) {
  struct Known {
    std::size_t place;
    std::set<Partition> partitions;
  };
  const auto index_of = [](const auto& partition) -> Partition {
    if constexpr (requires { partition.index; }) {
      return partition.index;
    } else {
      return partition;
    }
  };
  std::vector<NamedPartitions> out;
  std::map<std::string_view, Known> known;
  for (const Topic& topic : topics) {
    const auto [found, fresh] = known.try_emplace(topic.name, Known{out.size(), {}});
    if (fresh) out.push_back({topic.name, {}});
    std::vector<Partition>& partitions = out[found->second.place].partitions;
    for (const auto& partition : topic.partitions) {
      const Partition index = index_of(partition);
      if (found->second.partitions.insert(index).second) partitions.push_back(index);
    }
  }
  return out;
}

}  // namespace weir::embedded::broker::groups
