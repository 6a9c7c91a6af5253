// How operations of weir fail: Result<T> and the one error value.
//
// Three kinds of trouble, three channels: a bad *message* is data (`Failure` in message.hpp, it goes to the dead-letter
// queue); a failed *operation* is a Result; a *bug* is an assertion or an exception. No exception but cancellation
// crosses a component's boundary.
#pragma once

#include <boost/system/result.hpp>

#include <string>
#include <string_view>

namespace weir {

// What went wrong, coarse enough to decide by. The text of the Error says the rest.
enum class Errc {
  invalid_argument,   // configuration or call is wrong; no retry can help
  data,               // this message can never be processed; dead-letter it (I6)
  too_large,          // over a limit of the peer; a data error unless it can be split
  not_found,          // topic, stream, file is not there
  already_exists,     // it is there already, or is in use by another process
  conflict,           // optimistic concurrency: wrong expected version
  stream_deleted,     // tombstoned: nothing can ever be written there
  unauthenticated,    // credentials refused
  permission_denied,  // credentials accepted, operation not allowed
  unavailable,        // peer away, overloaded or not ready; surely not done
  unknown_outcome,    // timed out or cut off: it may have been done (retry with the same ids)
  cancelled,          // we stopped it
  corrupt,            // stored bytes are damaged
  io,                 // the operating system refused (disk full, permission, ...)
  unsupported,        // the peer, or this version, cannot do that
  internal,           // a bug, ours or the peer's
};

// The standard name, as it appears in logs, dead letters and JSON: "unknown_outcome".
std::string_view to_string(Errc code);

// One failed operation. Value type; cheap to move.
class Error {
 public:
  Error() = default;
  Error(Errc code, std::string message) : code_(code), message_(std::move(message)) {}

  Errc code() const { return code_; }
  // A full sentence for a person: names the peer, file or option, and what to do.
  const std::string& message() const { return message_; }

  // Infrastructure errors may pass by themselves and are retried (I6); all others stay as they are.
  bool retryable() const;
  // True for errors of the message itself: no retry can help, it belongs into the dead-letter queue (I6).
  bool is_data_error() const;

  // The same error with `context` and ": " before its message.
  Error with_context(std::string_view context) const;

  // The same trouble where it stays until a person does something about it, whatever the code says elsewhere: with a
  // server in this process, say, which nobody else will mend. Never retryable.
  Error for_good() const;

  friend bool operator==(const Error&, const Error&) = default;

 private:
  Errc code_ = Errc::internal;
  std::string message_;
};

template <class T>
using Result = boost::system::result<T, Error>;

// Called by boost::system::result when value() is asked of an error: that is a bug of ours.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

}  // namespace weir
