#include "pipeline/engine/dead_letter.hpp"

#include "pipeline/text/rfc3339.hpp"
#include "pipeline/text/utf8.hpp"

#include <algorithm>
#include <iterator>
#include <new>
#include <utility>

namespace weir {
namespace {

#ifndef WEIR_VERSION  // given by the build
#define WEIR_VERSION "unknown"
#endif

constexpr std::string_view kCut = "... (cut)";

constexpr std::string_view kOriginalTopic = "kafka_dlt-original-topic";
constexpr std::string_view kReadFrom = "weir-read-from";

// What a letter says of itself. An original header of the same name is left out.
constexpr std::string_view kOfLetter[] = {
    "weir-reason",
    "weir-error-class",
    "weir-stage",
    "weir-pipeline",
    "weir-attempts",
    "weir-first-failed-at",
    "weir-last-failed-at",
    "weir-config-hash",
    "weir-version",
    kReadFrom,
    "weir-payload-cut",
    "weir-payload-size",
    "weir-payload-sha256",
    "weir-headers-cut",
    "weir-key-cut",
    "kafka_dlt-exception-message",
    "kafka_dlt-exception-fqcn",
};

// Where it came from: of a letter that fails once more, the first ones are kept. With the most bytes that each can have.
struct OfOrigin {
  std::string_view name;
  std::size_t most_bytes;
};
constexpr OfOrigin kOfOrigin[] = {
    {kOriginalTopic, 249},
    {"kafka_dlt-original-partition", 8},
    {"kafka_dlt-original-offset", 8},
    {"kafka_dlt-original-timestamp", 8},
    {"kafka_dlt-original-timestamp-type", 32},
};

bool is_of_letter(std::string_view name) {
  return std::ranges::find(kOfLetter, name) != std::end(kOfLetter);
}
bool is_of_origin(std::string_view name) {
  return std::ranges::find(kOfOrigin, name, &OfOrigin::name) != std::end(kOfOrigin);
}

// Valid UTF-8 of bounded size, whatever the text was made of: readers of headers are not prepared for less.
std::string_view bounded_text(std::string_view text, Batch& batch) {
  std::string clean;
  std::size_t keeps = 0;  // how much of it stays when it has to be cut
  while (!text.empty() && clean.size() <= kMaxReasonBytes) {
    clean.append(text::take_character(text));
    if (clean.size() <= kMaxReasonBytes - kCut.size()) keeps = clean.size();
  }
  if (clean.size() > kMaxReasonBytes) clean.replace(keeps, std::string::npos, kCut);
  return batch.copy(clean);
}

template <class T>
std::string_view big_endian(T value, Batch& batch) {
  char bytes[sizeof(T)];
  for (std::size_t i = 0; i < sizeof(T); ++i)
    bytes[i] = static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * (sizeof(T) - 1 - i)));
  return batch.copy({bytes, sizeof(T)});
}

std::string_view rfc3339(WallTime time, Batch& batch) {
  return batch.copy(text::format_rfc3339(time.time_since_epoch().count()));
}

}  // namespace

Message make_dead_letter(Batch& batch, const Message& failed, const Failure& failure,
                         const DeadLetterContext& context) {
  const std::size_t most = failed.headers.size() + std::size(kOfLetter) + std::size(kOfOrigin);
  auto* headers = static_cast<Header*>(batch.arena().allocate(most * sizeof(Header), alignof(Header)));
  std::size_t count = 0;
  const auto add = [&](std::string_view name, std::string_view value) {
    new (&headers[count++]) Header{name, value};
  };

  const std::optional<std::string_view> first_topic = failed.header(kOriginalTopic);
  const bool was_letter = first_topic.has_value() && first_topic->size() <= kOfOrigin[0].most_bytes;
  for (const Header& header : failed.headers) {
    const bool is_replaced = is_of_letter(header.name) || (!was_letter && is_of_origin(header.name));
    if (!is_replaced) add(header.name, header.value);
  }
  const std::string_view reason = bounded_text(failure.error.message(), batch);
  const std::string_view error_class = to_string(failure.error.code());
  add("weir-reason", reason);
  add("weir-error-class", error_class);
  add("weir-stage", batch.copy(failure.component));
  add("weir-pipeline", batch.copy(context.pipeline));
  add("weir-attempts", batch.copy(std::to_string(failure.attempts)));
  add("weir-first-failed-at", rfc3339(failure.first_failed_at, batch));
  add("weir-last-failed-at", rfc3339(failure.last_failed_at, batch));
  add("weir-config-hash", batch.copy(context.config_hash));
  add("weir-version", context.version.empty() ? std::string_view(WEIR_VERSION) : batch.copy(context.version));
  if (was_letter) {
    add(kReadFrom, batch.copy(std::string(failed.origin.topic) + "/" + std::to_string(failed.origin.partition) + "/" +
                              std::to_string(failed.origin.offset)));
  } else {
    add(kOriginalTopic, failed.origin.topic);
    add("kafka_dlt-original-partition", big_endian(failed.origin.partition, batch));
    add("kafka_dlt-original-offset", big_endian(failed.origin.offset, batch));
    if (failed.origin.timestamp_ms >= 0) {
      add("kafka_dlt-original-timestamp", big_endian(failed.origin.timestamp_ms, batch));
      add("kafka_dlt-original-timestamp-type", name_of(failed.origin.timestamp_kind));
    }
  }
  add("kafka_dlt-exception-message", reason);
  add("kafka_dlt-exception-fqcn", batch.copy("weir." + std::string(error_class)));

  Message letter;
  letter.payload = failed.payload;
  letter.key = failed.key;
  letter.headers = {headers, count};
  letter.origin = failed.origin;
  letter.sequence = failed.sequence;
  letter.event = failed.event;
  return letter;
}

bool LetterHeaders::holds(const Header& header) {
  if (is_of_letter(header.name)) return true;
  const auto* const known = std::ranges::find(kOfOrigin, header.name, &OfOrigin::name);
  if (known == std::end(kOfOrigin) || header.value.size() > known->most_bytes) return false;
  const unsigned bit = 1u << (known - std::begin(kOfOrigin));
  return (std::exchange(seen_, seen_ | bit) & bit) == 0;
}

bool is_letter_of(const Message& message, std::string_view pipeline) {
  return message.header("weir-pipeline") == pipeline && message.header(kOriginalTopic).has_value();
}

std::optional<std::string_view> topic_of_letter(const Message& letter) {
  const std::optional<std::string_view> read_from = letter.header(kReadFrom);
  if (!read_from.has_value()) return letter.header(kOriginalTopic);
  return read_from->substr(0, read_from->find('/'));  // no topic has one in its name
}

}  // namespace weir
