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

// The `aggregateId` in an event's metadata.
std::optional<std::string> owner_in(std::string_view metadata);
// Ids that differ in case alone are one: a stream's name may be in lower case.
bool is_same_owner(std::string_view a, std::string_view b);

// Lifetime: one per sink. Executor: the lane's. Cancellation, Errors: none. Bounded: when there are too many owners, the
// half of them is forgotten that nobody has asked for the longest, and looked up again.
class StreamMemory {
 public:
  std::optional<std::string> owner(std::string_view stream);
  void set_owner(std::string_view stream, std::string_view owner);
  void forget_owner(std::string_view stream);

  // False once the store has refused a read: then only what was written from here is known.
  bool may_read() const { return may_read_; }
  // Warns, once.
  void set_may_not_read();

  // Warns, once for each of the first hundred streams.
  void warn_deleted(std::string_view stream, std::size_t events);

 private:
  using Owners = std::map<std::string, std::string, std::less<>>;

  Owners owners_;
  Owners older_owners_;
  bool may_read_ = true;
  std::set<std::string, std::less<>> told_;
};

// Reads whose the stream is, as the last event in it says, and remembers it; nothing when it does not say. One that is
// deleted is nobody's; where reading is not allowed, what is remembered stays. `store` and `known` outlive the call.
// Cancellation: terminal. Errors: those of StoreClient::read_stream.
Task<Result<std::optional<std::string>>> read_owner(connectors::eventstoredb::StoreClient& store, std::string stream,
                                                    StreamMemory& known);

}  // namespace weir::sinks::eventstoredb
