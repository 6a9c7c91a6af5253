// Dead letters: what a message becomes that cannot be processed, whichever sink stores it.
#pragma once

#include "pipeline/batch.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace weir {

// What a dead letter says of the pipeline that gave up.
struct DeadLetterContext {
  std::string_view pipeline;
  std::string_view config_hash;   // PipelinePlan::config_hash
  std::string_view version = {};  // of weir; empty = this build's
};

// Longest text of a header that holds a reason; longer ones are cut, and say so.
inline constexpr std::size_t kMaxReasonBytes = 4096;

// The dead letter of `failed`, which `failure` tells about: payload, key and original headers as they are, then the
// headers that say why.
//
//   weir-reason            the failure's sentence
//   weir-error-class       to_string(Errc): "data", "unknown_outcome"
//   weir-stage             the stage or sink that gave up, by its YAML name
//   weir-pipeline, weir-attempts, weir-first-failed-at, weir-last-failed-at (RFC 3339), weir-config-hash, weir-version
//   kafka_dlt-original-topic, -partition (4 bytes, big endian), -offset, -timestamp (8 bytes, big endian),
//   -timestamp-type kafka_dlt-exception-message, kafka_dlt-exception-fqcn   as Spring for Apache Kafka names and
//   encodes them
//
// A record that is a dead letter already (it carries kafka_dlt-original-topic, ours or Spring's, of a length that a
// topic's name can have) keeps its kafka_dlt-original-* headers: where it came from first is what a person looks for. The other headers of these names
// are replaced, for the last failure counts; and weir-read-from ("topic/partition/offset") says where it was read.
// The message has no duty of its own: the failed message's Ack is settled when the
// write of the dead letter is confirmed. Everything it points to is the failed
// message's, or lives in the arena of `batch`, which is the failed message's own.
Message make_dead_letter(Batch& batch, const Message& failed, const Failure& failure, const DeadLetterContext& context);

// Whether that pipeline has written this record as a dead letter.
bool is_letter_of(const Message& message, std::string_view pipeline);
// The topic that the record was read from of which this is the dead letter; nothing when it is none.
std::optional<std::string_view> topic_of_letter(const Message& letter);
// Tells which of a letter's headers are those above, or of cut_letter(); the others are the record's own. Anybody may
// give a record headers of these names: of those that say where it came from, the first of each name counts, and only
// one that is no longer than what it says can be. So they are bounded, whatever the record brings.
//
// Lifetime: one walk over the headers of one letter. Executor: any. Cancellation, Errors: none.
class LetterHeaders {
 public:
  // To be asked for each header, in their order.
  bool holds(const Header& header);

 private:
  unsigned seen_ = 0;
};

}  // namespace weir
