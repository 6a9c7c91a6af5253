#include "connectors/kafka/group_start.hpp"

#include "connectors/kafka/start_plan.hpp"

#include <algorithm>
#include <utility>

namespace weir::connectors::kafka {

namespace {

Task<Result<bool>> is_new_group(ConsumerClient& client, std::vector<TopicPartition> all) {
  Task<Result<std::vector<Offset>>> asking = client.committed(std::move(all));
  Result<std::vector<Offset>> committed = co_await std::move(asking);
  if (committed.has_error()) co_return committed.error();
  co_return std::ranges::all_of(*committed, [](Offset offset) { return offset < 0; });
}

}  // namespace

Task<Result<void>> begin_at_latest(ConsumerClient& client, std::vector<TopicPartition> assigned) {
  Task<Result<std::vector<TopicPartition>>> asking = client.subscribed();
  Result<std::vector<TopicPartition>> all = co_await std::move(asking);
  if (all.has_error()) co_return all.error();
  for (const TopicPartition& id : assigned) {
    if (std::ranges::find(*all, id) != all->end()) continue;
    co_return Error(Errc::unavailable, name_of(id) +
                                           ": it is assigned, and the broker does not name it among the partitions of "
                                           "its topic: where a new group begins with start: latest is not known");
  }
  if (all->empty()) co_return Result<void>();
  Task<Result<bool>> looking = is_new_group(client, *all);
  Result<bool> is_new = co_await std::move(looking);
  if (is_new.has_error()) co_return is_new.error();
  if (!*is_new) co_return Result<void>();
  Task<Result<std::vector<OffsetRange>>> asking_ranges = client.ranges(*all);
  Result<std::vector<OffsetRange>> ranges = co_await std::move(asking_ranges);
  if (ranges.has_error()) co_return ranges.error();
  std::vector<Commit> ends;
  for (std::size_t i = 0; i < all->size(); ++i) {
    const OffsetRange& range = (*ranges)[i];
    if (!range.known()) {
      co_return Error(Errc::unavailable, name_of((*all)[i]) +
                                             ": where it ends, and so where a new group begins with "
                                             "start: latest, cannot be learned now: " +
                                             range.trouble);
    }
    ends.push_back(Commit{(*all)[i], range.end});
  }
  // Asked once more: learning all ends takes its time, and another member's start must not be moved.
  Task<Result<bool>> looking_again = is_new_group(client, std::move(*all));
  is_new = co_await std::move(looking_again);
  if (is_new.has_error()) co_return is_new.error();
  if (!*is_new) co_return Result<void>();
  Task<Result<void>> committing = client.commit(std::move(ends));
  Result<void> fixed = co_await std::move(committing);
  if (fixed.has_error()) co_return fixed.error().with_context("the start of a new group");
  co_return Result<void>();
}

}  // namespace weir::connectors::kafka
