#include "stages/dedupe_state.hpp"

namespace weir::stages {
namespace {

constexpr std::size_t kMostTopics = 4096;

}  // namespace

std::uint16_t DedupeState::number_of(std::string_view topic) {
  if (last_topic_ < topics_.size() && topics_[last_topic_] == topic) return last_topic_;
  for (std::size_t i = 0; i < topics_.size(); ++i) {
    if (topics_[i] == topic) return last_topic_ = static_cast<std::uint16_t>(i);
  }
  if (topics_.size() < kMostTopics)
    topics_.emplace_back(topics_.size() + 1 < kMostTopics ? topic : std::string_view("another topic"));
  return last_topic_ = static_cast<std::uint16_t>(topics_.size() - 1);
}

void DedupeState::settled(std::uint64_t token, Settlement how) noexcept {
  if (how == Settlement::stored || how == Settlement::dropped)
    index_.confirm(token);
  else
    index_.release(token);
}

}  // namespace weir::stages
