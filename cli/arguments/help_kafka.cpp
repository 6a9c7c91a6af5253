#include "cli/arguments/help.hpp"

#include <array>
#include <utility>

namespace weir::cli {

std::string_view kafka_examples(std::string_view verb) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kTexts = {{
      {"topics",
       R"(Works against any Kafka: the cluster in --brokers, else KAFKA_BROKERS, else 127.0.0.1:9092. TLS and SASL are properties
of librdkafka's:
  --property security.protocol=SASL_SSL --property sasl.mechanisms=PLAIN
  --property sasl.username=me --property sasl.password=secret

Examples:
  weir topics ls
  weir topics create orders --partitions 6
  weir topics tail orders -f
  echo '42:{"total":7}' | weir topics produce orders --key-separator :)"},
      {"topics ls",
       R"(--json: {"topic","partitions","replicas"} and, with -v, "records".
Records are counted by offsets: compacted or transactional topics hold fewer.

Examples:
  weir topics ls
  weir topics ls -v --prefix order
  weir topics ls --json | jq -r .topic)"},
      {"topics create",
       R"(Exit codes: 5 a topic of that name exists already (without --if-not-exists); 3 the broker refuses a setting.
The other topics of the order are made all the same.

Examples:
  weir topics create orders
  weir topics create orders payments --partitions 12 --replication 3 --config retention.ms=604800000
  weir topics create latest --config cleanup.policy=compact --if-not-exists)"},
      {"topics describe",
       R"(Partitions with leader, replicas, first offset and end; the settings that were made for this topic.

Examples:
  weir topics describe orders
  weir topics describe orders --all-configs
  weir topics describe orders --json | jq '.partitions[] | select(.leader == null)')"},
      {"topics rm",
       R"(Asks on a terminal; elsewhere --yes is needed. What is removed cannot be brought back.

Examples:
  weir topics rm orders-old
  weir topics rm test-1 test-2 --yes)"},
      {"topics tail",
       R"(Shows the newest records of all partitions in the order of their timestamps; with --offset, everything from there to
the end, each partition in its order. A line: partition/offset, time, key, value, headers.
--json: {"topic","partition","offset","timestamp","time","key","value","headers":[{"name","value"}]}; bytes that are not
UTF-8 stand in key_base64 or value_base64. `weir topics produce --json` reads such lines. Joins no group, commits nothing.

Examples:
  weir topics tail orders
  weir topics tail orders -n 0 -f --key 42           only what comes, of one key
  weir topics tail orders --partition 2 --offset 120 -n 1
  weir topics tail orders --offset start --json | jq -r '.value | fromjson | .total')"},
      {"topics produce",
       R"(A record per line, in order, each written once (idempotent, acks=all). Blank lines are skipped. A line that is no record,
or that the broker can never take, is named and the others go on: exit code 1. When the broker fails, nothing after that
record is sent: exit code 4. No answer for three seconds: a warning says so. Ctrl-C ends the input and waits for what was
sent; a second one gives that up and says what may have been written or not.

--json: {"key", "value", "headers", "partition", "timestamp"}: value is a string, an object or array (sent as it stands),
or null for a tombstone; value_base64 and key_base64 hold bytes; headers are an object or a list of {"name","value"}.
"topic", "offset", "time" and "timestamp_type" are ignored, so that lines of `weir topics tail --json` can be sent elsewhere.
A line of the sink `file`, with "payload", is the record that it holds.

--replay: dead letters become the records that they were, without the headers that say why, written by their key. One
that was cut is named, with the place of its record. Mend the cause first: what fails again is a dead letter again.

Examples:
  weir topics produce orders events.txt --key-separator : --header source=import
  echo hello | weir topics produce greetings --key en
  weir topics tail a --offset start --json | jq -c 'del(.partition)' | weir topics produce b --json
  weir topics produce orders dead.jsonl --json --replay
  weir topics tail orders.dlq --offset start --json | weir topics produce orders --json --replay)"},
      {"groups",
       R"(The cluster is found as for `weir topics`.

Examples:
  weir groups ls
  weir groups describe event-store-writer
  weir groups reset event-store-writer --to start --topic orders --dry-run)"},
      {"groups ls",
       R"(--json: {"group","state","protocol_type","members"}.

Examples:
  weir groups ls
  weir groups ls --json | jq -r 'select(.members == 0) | .group')"},
      {"groups describe",
       R"(Members with what they are assigned, and per partition what is committed, the end, and the lag between them.

Examples:
  weir groups describe event-store-writer
  weir groups describe event-store-writer --json | jq .lag)"},
      {"groups reset",
       R"(A live group is left alone: stop its members first (exit code 5 names them). Shows old and new offsets, then asks; without
a terminal --yes is needed. Offsets outside of what a partition has become its start or end. A time means the first record
not older than it; without a zone it is UTC. -N and +N count from what is committed.

Examples:
  weir groups reset writer --to start --topic orders --dry-run
  weir groups reset writer --to 2026-11-21T15:00Z --topic orders --topic payments:0,2 --yes
  weir groups reset writer --to -100 --topic orders:3
  weir groups reset new-writer --to end --topic orders --create)"},
  }};
  for (const auto& [name, text] : kTexts) {
    if (name == verb) return text;
  }
  return {};
}

}  // namespace weir::cli
