#include "embedded/eventstore/log/commit_feed.hpp"

namespace weir::embedded::eventstore {

namespace {

constexpr std::string_view kAll = "$all";

}  // namespace

CommitFeed::Registration& CommitFeed::Registration::operator=(Registration&& other) noexcept {
  if (this == &other) return *this;
  reset();
  feed_ = std::exchange(other.feed_, nullptr);
  key_ = other.key_;
  return *this;
}

void CommitFeed::Registration::reset() {
  CommitFeed* feed = std::exchange(feed_, nullptr);
  if (feed == nullptr) return;
  const std::lock_guard lock(feed->mutex_);
  feed->by_stream_.erase(key_);
  feed->listeners_.fetch_sub(1);
}

CommitFeed::Registration CommitFeed::listen(std::string_view stream, Wake wake) {
  const std::lock_guard lock(mutex_);
  const auto key = by_stream_.emplace(std::string(stream), std::make_shared<Wake>(std::move(wake)));
  listeners_.fetch_add(1);
  return Registration(this, key);
}

void CommitFeed::publish(const std::vector<std::string>& streams) {
  std::vector<std::shared_ptr<Wake>> woken;
  {
    const std::lock_guard lock(mutex_);
    const auto collect = [&](std::string_view stream) {
      const auto [first, last] = by_stream_.equal_range(stream);
      for (auto at = first; at != last; ++at) woken.push_back(at->second);
    };
    for (const std::string& stream : streams) collect(stream);
    collect(kAll);
  }
  for (const std::shared_ptr<Wake>& wake : woken) (*wake)();
}

}  // namespace weir::embedded::eventstore
