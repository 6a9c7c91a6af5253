#include "connectors/kafka/nudge.hpp"

namespace weir::connectors::kafka {

namespace {
constexpr int kPatienceMs = 1000;
}

Nudge::Nudge(Blocking& pool, std::size_t lanes, std::function<void(LaneIndex)> after)
    : pool_(pool), after_(std::move(after)), wishes_(lanes) {}

void Nudge::request(LaneIndex lane, std::shared_ptr<rd_kafka_t> client, TopicPartition partition) {
  const std::lock_guard lock(mutex_);
  wishes_[lane] = Wish{std::move(client), std::move(partition)};
  if (std::exchange(running_, true)) return;
  pool_.post([this] { run(); });
}

void Nudge::run() {
  for (;;) {
    std::optional<Wish> wish;
    LaneIndex lane = 0;
    {
      const std::lock_guard lock(mutex_);
      while (lane < wishes_.size() && !wishes_[lane].has_value()) ++lane;
      if (lane == wishes_.size()) {
        running_ = false;
        return;
      }
      wish = std::exchange(wishes_[lane], std::nullopt);
    }
    std::int64_t low = 0;
    std::int64_t high = 0;
    rd_kafka_query_watermark_offsets(wish->client.get(), wish->partition.topic.c_str(), wish->partition.partition, &low,
                                     &high, kPatienceMs);
    wish.reset();
    after_(lane);
  }
}

}  // namespace weir::connectors::kafka
