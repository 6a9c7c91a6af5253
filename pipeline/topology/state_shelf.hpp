// StateShelf: what the stages of a pipeline know and the stages of its next configuration go on with.
#pragma once

#include "pipeline/base/units.hpp"

#include <compare>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <typeindex>
#include <typeinfo>
#include <utility>
#include <vector>

namespace weir {

template <class T>
using MakeState = std::function<std::shared_ptr<T>()>;

// Of one pipeline, by lane and name. A name says all that a state depends on: under another one begins another state.
//
// The shelf holds nothing alive. A state lives as long as a stage that uses it; the next configuration is built while the
// running one is there, and so takes it over. One that is built and thrown away again changes nothing.
//
// Lifetime: the pipeline's. Executor: control, where components are made; a state is the lane's: a factory takes the
// pointer and does not look at what it points to. Cancellation, Errors: none.
class StateShelf {
 public:
  template <class T>
  std::shared_ptr<T> find_or_make(LaneIndex lane, std::string_view name, const MakeState<T>& make) {
    std::weak_ptr<void>& place = states_[Key{lane, typeid(T), std::string(name)}];
    std::shared_ptr<void> found = place.lock();
    if (found == nullptr) {
      found = make();
      place = found;
    }
    return std::static_pointer_cast<T>(std::move(found));
  }
  // Every T that a stage of the lane uses, whatever its name.
  template <class T>
  std::vector<std::shared_ptr<T>> all(LaneIndex lane) const {
    std::vector<std::shared_ptr<T>> found;
    for (const auto& [key, state] : states_) {
      if (key.lane != lane || key.type != typeid(T)) continue;
      if (std::shared_ptr<void> alive = state.lock()) found.push_back(std::static_pointer_cast<T>(std::move(alive)));
    }
    return found;
  }

 private:
  struct Key {
    LaneIndex lane = 0;
    std::type_index type;
    std::string name;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  std::map<Key, std::weak_ptr<void>> states_;
};

}  // namespace weir
