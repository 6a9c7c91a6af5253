// Structured logs. One line per event: a JSON object for machines, or readable text on a terminal.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>

namespace weir::log {

enum class Level { debug, info, warn, error };

// A named value of a line. Standard names: event_id, topic,
// partition, offset, correlation_id, pipeline, component, error.
struct Field {
  std::string_view name;
  std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool> value;

  Field(std::string_view n, std::string_view v) : name(n), value(v) {}
  Field(std::string_view n, const char* v) : name(n), value(std::string_view(v)) {}
  Field(std::string_view n, const std::string& v) : name(n), value(std::string_view(v)) {}
  Field(std::string_view n, bool v) : name(n), value(v) {}
  Field(std::string_view n, double v) : name(n), value(v) {}
  template <class I>
    requires(std::integral<I> && !std::same_as<I, bool>)
  Field(std::string_view n, I v) : name(n) {
    if constexpr (std::signed_integral<I>) {
      value = static_cast<std::int64_t>(v);
    } else {
      value = static_cast<std::uint64_t>(v);
    }
  }
};

using Fields = std::initializer_list<Field>;

// Process-wide, thread-safe. Lines go to standard error; invalid UTF-8 and control characters in values are escaped.
void debug(std::string_view message, Fields fields = {});
void info(std::string_view message, Fields fields = {});
void warn(std::string_view message, Fields fields = {});
void error(std::string_view message, Fields fields = {});

enum class Format { json, text };
// Called once by main, before threads start. Default: info, JSON.
void configure(Level least, Format format);
bool enabled(Level level);
// Lines go to `writer` instead of standard error (a terminal display, a test); an empty function undoes it. Called
// under a lock: the writer must not log.
void redirect(std::function<void(std::string_view line)> writer);

// Lets a repeated line through at most once per interval; counts what it held back. Thread-safe.
class Limiter {
 public:
  explicit Limiter(std::int64_t interval_ms = 5000) : interval_ms_(interval_ms) {}
  // `now_ms` from the caller's Clock (its monotonic one). True = log it; *suppressed says how many lines were held back
  // since the last one.
  bool allow(std::int64_t now_ms, std::uint64_t* suppressed);

 private:
  std::mutex mutex_;
  std::int64_t interval_ms_;
  std::int64_t last_ms_ = -1;  // none yet
  std::uint64_t held_ = 0;
};

}  // namespace weir::log
