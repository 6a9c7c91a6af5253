#include "embedded/broker/topics/trash.hpp"

#include "pipeline/base/log.hpp"

namespace weir::embedded::broker::topics {

void Trash::step(std::size_t budget) {
  while (!directories_.empty() && budget > 0) {
    const Result<bool> done = step_first(budget);
    if (done && !*done) return;
    if (!done) {
      log::warn("Files of a deleted topic could not be removed; the next start tries again.",
                {{"directory", directories_.front().string()}, {"error", done.error().message()}});
    }
    directories_.pop_front();
  }
}

Result<bool> Trash::step_first(std::size_t& budget) {
  const std::filesystem::path directory = directories_.front();
  const Result<std::vector<std::string>> partitions = files_.list(directory);
  if (!partitions) return partitions.error();
  for (const std::string& partition : *partitions) {
    const Result<std::vector<std::string>> names = files_.list(directory / partition);
    if (!names) continue;  // no directory; it goes with the tree
    for (const std::string& name : *names) {
      if (budget == 0) return false;
      --budget;
      if (const Result<void> removed = files_.remove(directory / partition / name); !removed) return removed.error();
    }
    // An empty partition counts, too: there can be ten thousand.
    if (budget == 0) return false;
    --budget;
    if (const Result<void> removed = files_.remove_tree(directory / partition); !removed) return removed.error();
  }
  if (const Result<void> removed = files_.remove_tree(directory); !removed) return removed.error();
  return true;
}

}  // namespace weir::embedded::broker::topics
