#include "cli/test/starter.hpp"

#include <array>

namespace weir::cli {

namespace {

constexpr std::string_view kPipelines = R"(# A pipeline: events about orders, from Kafka into an event store.
#
#   weir lint pipelines.yaml     checks this file: every mistake with its line
#   weir test pipelines.yaml     runs the tests in pipelines.test.yaml; no server is needed
#   weir dev                     runs it, with a broker and a store of its own on the usual ports
#   weir run  pipelines.yaml     runs it until Ctrl-C
#
# ${NAME:default} takes an environment variable, or the default where it is not set.

# Clients that several pipelines may share, each under a name of your choice. `embedded` starts a server inside weir.
connections:
  broker: { kafka: { brokers: "${KAFKA_BROKERS:embedded}" } }
  store: { eventstoredb: { url: "${EVENTSTORE_CONNECTION_STRING:embedded}" } }

pipelines:
  orders:
    source:
      kafka: { connection: broker, topics: [orders], group: order-writer }

    # What happens to a message, in this order. One that cannot be processed goes to the sink `dlq`.
    stages:
      # The JSON of the record becomes an event: id, type, aggregate, time.
      - decode: { format: json, envelope: domain_event }
      # The same event twice is stored once.
      - dedupe: { key: event_id, window: 24h }
      # Which sink: an exact event type, or a prefix ending in *; `default` takes the rest.
      - route: { by: event_type, to: { "Audit*": audit, default: events } }
      # Written to its sink. While the store is away weir waits and tries again: nothing is lost.
      - persist: { retry: { attempts: 6, initial: 300ms, multiplier: 2, max: 30s }, on_exhausted: pause }
      # Only what is stored, dead-lettered or dropped for a reason is committed to Kafka.
      - ack: {}

    # Where messages can go, by the names that `route` uses. {field} comes from the event.
    sinks:
      events: { eventstoredb: { connection: store, stream: "{aggregate_type}-{aggregate_id}" } }
      audit: { eventstoredb: { connection: store, stream: "audit-{aggregate_type}" } }
      dlq: { kafka: { connection: broker, topic: orders.dlq } }
)";

constexpr std::string_view kTests =
    R"(# Tests of pipelines.yaml, for `weir test`. They run the real pipeline over servers in memory, in virtual time.
# Change an expectation and see one fail; `weir test --update` writes what comes of the input.

tests:
  # `in:` are records of the topics that the pipeline reads. `expect:` is what must come of them, and nothing else may.
  - name: an order has a stream of its own
    in:
      - orders: &placed
          eventId: 0b0e6f9e-7a0f-4a53-9a5b-0d6b6f100001
          eventType: OrderPlaced
          aggregateType: Order
          aggregateId: "42"
          occurredOn: "2026-01-15T10:30:00Z"
          data: { amount: 100, currency: EUR }
      - orders:
          <<: *placed
          eventId: 0b0e6f9e-7a0f-4a53-9a5b-0d6b6f100002
          eventType: OrderShipped
    expect:
      streams:
        # The events of a stream in their order. Of JSON only what is written here is compared.
        Order-42:
          - { type: OrderPlaced, data: { amount: 100 } }
          - OrderShipped
      committed: { orders/0: 2 }

  - name: an event that comes twice is stored once
    in:
      - { orders: *placed }
      - { orders: *placed }
    expect:
      events: { count: 1 }
      dropped: { duplicate: 1 }

  - name: what is no JSON goes to the dead letters, and holds nobody up
    in:
      - { topic: orders, key: a, value: "{ half an order" }
      - { topic: orders, key: b, value: *placed }
    expect:
      # `reason` is looked for inside the sentence.
      dlq: [ { key: a, stage: decode, reason: JSON } ]
      events: [ OrderPlaced ]
      committed: { orders/0: 2 }

  # Time is virtual: ten minutes pass in no time at all.
  - name: a store that is away for ten minutes loses nothing
    faults:
      - away: { connection: store, for: 10m, at_message: 1 }
    in:
      - { orders: *placed }
    expect:
      events: [ OrderPlaced ]
      elapsed: { min: 10m, max: 11m }
      committed: { orders/0: 1 }

  - name: an answer that is lost does not store an event twice
    faults:
      - store: { on_append: 1, do: timeout_after_commit }
    in:
      - { orders: *placed }
    expect:
      events: { count: 1 }
      retries: 1
)";

constexpr std::array<StarterFile, 2> kFiles{{{"pipelines.yaml", kPipelines}, {"pipelines.test.yaml", kTests}}};

}  // namespace

std::span<const StarterFile> starter_files() {
  return kFiles;
}

}  // namespace weir::cli
