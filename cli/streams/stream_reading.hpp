// What `weir streams` reads from a store, page by page.
#pragma once

#include "cli/arguments/options.hpp"
#include "connectors/eventstoredb/client.hpp"

#include <functional>
#include <string>
#include <vector>

namespace weir::cli {

// One stream as `ls` shows it. What is not known is nothing.
struct StreamEntry {
  std::string name;
  std::optional<std::uint64_t> events;  // seen in the log
  std::optional<WallTime> last;         // when the last of them was written
};

// The streams whose name begins with the prefix, in the order of their first event; system streams ($…) only when the
// prefix asks for them. From the links in `$streams` when the store has that projection on, else from one walk through
// the whole log. With a limit the walk ends as soon as it has so many, and may then show one that was deleted later in
// the log. The references outlive the call.
Task<Result<std::vector<StreamEntry>>> find_streams(connectors::eventstoredb::StoreClient& store,
                                                    const StreamsListOptions& options);

// Hands every event that the options ask for to `show`, until that returns false. not_found: there is no such stream.
// The references outlive the call.
using ShowEvent = std::function<bool(const connectors::eventstoredb::RecordedEvent&)>;
Task<Result<void>> read_events(connectors::eventstoredb::StoreClient& store, const StreamsCatOptions& options,
                               const ShowEvent& show);

}  // namespace weir::cli
