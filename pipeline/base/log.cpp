// Plain on purpose: a line is built in memory and written with
// one call under one lock, so lines of several threads never mix.
#include "pipeline/base/log.hpp"

#include "pipeline/base/clock.hpp"
#include "pipeline/text/json.hpp"
#include "pipeline/text/json_writer.hpp"
#include "pipeline/text/rfc3339.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <functional>
#include <mutex>

namespace weir::log {

namespace {

struct Settings {
  std::atomic<Level> least{Level::info};
  std::atomic<Format> format{Format::json};
  std::mutex mutex;  // of the writer and what it writes
  std::function<void(std::string_view)> writer;
};

Settings& settings() {
  static Settings instance;
  return instance;
}

constexpr std::string_view name_of(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warn:
      return "warn";
    case Level::error:
      return "error";
  }
  return "error";
}

// A string is quoted only when it would be ambiguous without.
void append_value(std::string& out, const Field& field) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    const bool plain = !text->empty() && std::all_of(text->begin(), text->end(), [](char c) {
      return c > ' ' && c < 0x7F && c != '"' && c != '=';
    });
    if (plain) {
      out.append(*text);
    } else {
      text::append_json_string(out, *text);
    }
  } else if (const auto* flag = std::get_if<bool>(&field.value)) {
    out.append(*flag ? "true" : "false");
  } else if (const auto* real = std::get_if<double>(&field.value)) {
    text::append_json_number(out, *real);
  } else if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
    out.append(std::to_string(*number));
  } else {
    out.append(std::to_string(std::get<std::uint64_t>(field.value)));
  }
}

std::string render_json(Level level, std::string_view time, std::string_view message, Fields fields) {
  std::string line;
  text::JsonWriter json(line);
  json.begin_object();
  json.member("time", time);
  json.member("level", name_of(level));
  json.member("message", message);
  for (const Field& field : fields) {
    json.key(field.name);
    std::visit([&json](const auto& value) { json.value(value); }, field.value);
  }
  json.end_object();
  line.push_back('\n');
  return line;
}

std::string render_text(Level level, std::string_view time, std::string_view message, Fields fields) {
  std::string line(time.substr(11, 12));
  line.push_back(' ');
  line.append(name_of(level)).append(name_of(level).size() == 4 ? "  " : " ");
  // The message is ours, but may quote an input: control characters must not reach the terminal.
  std::string safe;
  text::append_json_string(safe, message);
  const bool changed = safe.size() != message.size() + 2;
  line.append(changed ? std::string_view(safe) : message);
  for (const Field& field : fields) {
    line.push_back(' ');
    line.append(field.name);
    line.push_back('=');
    append_value(line, field);
  }
  line.push_back('\n');
  return line;
}

void write(Level level, std::string_view message, Fields fields) {
  if (!enabled(level)) return;
  const std::string time = text::format_rfc3339(SystemClock().wall_now().time_since_epoch().count());
  const std::string line = settings().format.load(std::memory_order_relaxed) == Format::json
                               ? render_json(level, time, message, fields)
                               : render_text(level, time, message, fields);
  const std::lock_guard lock(settings().mutex);
  if (settings().writer) {
    settings().writer(line);
  } else {
    std::fwrite(line.data(), 1, line.size(), stderr);
  }
}

}  // namespace

void debug(std::string_view message, Fields fields) {
  write(Level::debug, message, fields);
}
void info(std::string_view message, Fields fields) {
  write(Level::info, message, fields);
}
void warn(std::string_view message, Fields fields) {
  write(Level::warn, message, fields);
}
void error(std::string_view message, Fields fields) {
  write(Level::error, message, fields);
}

void configure(Level least, Format format) {
  settings().least.store(least, std::memory_order_relaxed);
  settings().format.store(format, std::memory_order_relaxed);
}

void redirect(std::function<void(std::string_view line)> writer) {
  const std::lock_guard lock(settings().mutex);
  settings().writer = std::move(writer);
}

bool enabled(Level level) {
  return level >= settings().least.load(std::memory_order_relaxed);
}

bool Limiter::allow(std::int64_t now_ms, std::uint64_t* suppressed) {
  const std::lock_guard lock(mutex_);
  if (last_ms_ >= 0 && now_ms - last_ms_ < interval_ms_) {
    ++held_;
    return false;
  }
  last_ms_ = now_ms;
  if (suppressed != nullptr) *suppressed = held_;
  held_ = 0;
  return true;
}

}  // namespace weir::log
