#include "testkit/call.hpp"

namespace weir::testkit {

std::string_view to_string(CallKind kind) {
  switch (kind) {
    case CallKind::append:
      return "append";
    case CallKind::read_stream:
      return "read";
    case CallKind::read_all:
      return "read of all events";
    case CallKind::fetch:
      return "fetch";
    case CallKind::commit:
      return "commit";
    case CallKind::committed:
      return "question for the commits";
    case CallKind::ranges:
      return "question for the logs";
    case CallKind::assign:
      return "assign";
    case CallKind::unassign:
      return "unassign";
    case CallKind::produce:
      return "produce";
    case CallKind::write:
      return "write";
  }
  return "call";
}

namespace {

// What stands between a call's number and its target.
std::string_view preposition(CallKind kind) {
  switch (kind) {
    case CallKind::append:
    case CallKind::produce:
    case CallKind::write:
      return " to ";
    case CallKind::fetch:
      return " up to ";
    default:
      return " of ";
  }
}

}  // namespace

std::string describe(const Call& call) {
  std::string text(to_string(call.kind));
  text += " #" + std::to_string(call.number);
  if (!call.target.empty()) text.append(preposition(call.kind)).append(call.target);
  return text;
}

std::string describe_crash(const Call& call, CrashAt at) {
  if (at == CrashAt::before_apply) return "crash before " + describe(call) + " was applied";
  return "crash after " + describe(call) + " was applied, before its answer";
}

}  // namespace weir::testkit
