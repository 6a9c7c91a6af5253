#include "pipeline/base/result.hpp"

#include <stdexcept>

namespace weir {

std::string_view to_string(Errc code) {
  switch (code) {
    case Errc::invalid_argument:
      return "invalid_argument";
    case Errc::data:
      return "data";
    case Errc::too_large:
      return "too_large";
    case Errc::not_found:
      return "not_found";
    case Errc::already_exists:
      return "already_exists";
    case Errc::conflict:
      return "conflict";
    case Errc::stream_deleted:
      return "stream_deleted";
    case Errc::unauthenticated:
      return "unauthenticated";
    case Errc::permission_denied:
      return "permission_denied";
    case Errc::unavailable:
      return "unavailable";
    case Errc::unknown_outcome:
      return "unknown_outcome";
    case Errc::cancelled:
      return "cancelled";
    case Errc::corrupt:
      return "corrupt";
    case Errc::io:
      return "io";
    case Errc::unsupported:
      return "unsupported";
    case Errc::internal:
      return "internal";
  }
  return "internal";
}

// Refused credentials count as infrastructure: an operator can
// repair them while the pipeline waits, and no message is at fault.
bool Error::retryable() const {
  switch (code_) {
    case Errc::unavailable:
    case Errc::unknown_outcome:
    case Errc::unauthenticated:
    case Errc::permission_denied:
    case Errc::not_found:
    case Errc::conflict:
    case Errc::cancelled:
    case Errc::io:
    case Errc::internal:
    case Errc::corrupt:
      return true;
    default:
      return false;
  }
}

bool Error::is_data_error() const {
  return code_ == Errc::data || code_ == Errc::too_large || code_ == Errc::stream_deleted;
}

Error Error::with_context(std::string_view context) const {
  std::string text;
  text.reserve(context.size() + 2 + message_.size());
  text.append(context).append(": ").append(message_);
  return Error(code_, std::move(text));
}

Error Error::for_good() const {
  if (!retryable()) return *this;
  const bool of_the_system = code_ == Errc::io || code_ == Errc::unavailable;
  return Error(of_the_system ? Errc::already_exists : Errc::data, message_);
}

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
  throw std::logic_error(std::string(where.file_name()) + ":" + std::to_string(where.line()) +
                         ": value() of a failed Result: " + error.message());
}

}  // namespace weir
