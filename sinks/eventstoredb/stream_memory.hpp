// What a sink remembers of single streams: whose they are where the name leaves that open, and which are known to be
// deleted.
#pragma once

#include "connectors/eventstoredb/client.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace weir::sinks::eventstoredb {

// The `aggregateId` in an event's metadata, as it is written there.
std::optional<std::string_view> owner_in(std::string_view metadata);
// Ids that differ in case alone are one: a stream's name may be in lower case.
bool is_same_owner(std::string_view a, std::string_view b);

// Lifetime: one per sink. Executor: the lane's. Cancellation, Errors: none. Bounded: the owners are forgotten when there
// are too many, and looked up again.
class StreamMemory {
 public:
  std::optional<std::string_view> owner(std::string_view stream) const;
  void set_owner(std::string_view stream, std::string_view owner);

  // Warns, once for each of the first hundred streams.
  void warn_deleted(std::string_view stream, std::size_t events);

 private:
  std::map<std::string, std::string, std::less<>> owners_;
  std::set<std::string, std::less<>> told_;
};

// Whose the stream is: known, or said by the last event in it; nothing when neither says. One that is deleted or may
// not be read is nobody's. `store` and `known` outlive the call. Cancellation: terminal. Errors: those of
// StoreClient::read_stream.
Task<Result<std::optional<std::string>>> find_owner(connectors::eventstoredb::StoreClient& store, std::string stream,
                                                    StreamMemory& known);

}  // namespace weir::sinks::eventstoredb
