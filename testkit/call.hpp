// Call: one thing that a simulated process asks of a server, and where it may die while it does.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace weir::testkit {

// What is asked. Named after what a person would say of it.
enum class CallKind : std::uint8_t {
  append,       // events, to a stream
  read_stream,  // one page
  read_all,     // one page of all events
  fetch,        // records of a lane, when there are any
  commit,       // offsets
  committed,    // what the group has committed, at an assignment
  ranges,       // what the logs hold, at an assignment
  assign,       // the answer to an assignment
  unassign,     // the answer to a revocation
  produce,      // one record, to a topic
  write,        // lines, to a file or the standard output
};
std::string_view to_string(CallKind kind);

// Where in a call: before the server does it, or after it has, and before its answer is heard.
enum class CrashAt : std::uint8_t { before_apply, after_apply };

struct Call {
  CallKind kind = CallKind::append;
  std::string target;      // "Order-1", "orders.dlq", "orders/0 at 5", "out.jsonl"
  std::size_t index = 0;   // among all calls of the process, from 0
  std::size_t number = 1;  // among those of this kind and process, from 1
};

// "append #3 to Order-1"
std::string describe(const Call& call);
// "crash after append #3 to Order-1 was applied, before its answer"
std::string describe_crash(const Call& call, CrashAt at);

// Asked twice for every call; true: the process dies at this very place.
using CrashWhen = std::function<bool(const Call& call, CrashAt at)>;

}  // namespace weir::testkit
