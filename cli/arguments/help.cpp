#include "cli/arguments/help.hpp"

#include <array>
#include <utility>

namespace weir::cli {

std::string_view overview() {
  return "weir moves events from Kafka into an event store: exactly once in effect, in order per key.\n"
         "A YAML file says how; weir checks it, runs it and shows what happened to every event.";
}

std::string_view overview_examples() {
  return R"(Examples:
  weir lint pipelines.yaml                 check a configuration; every finding with its line
  weir plan new.yaml --from pipelines.yaml what a changed one would do to what runs
  weir explain pipelines.yaml              what it promises, what waits for what, what becomes of a bad event
  weir check pipelines.yaml                whether the servers have what it needs
  weir init                                a pipeline with its tests to start from
  weir test                                run the tests of pipelines.yaml, in virtual time
  weir dev                                 a Kafka broker, an event store and the pipelines of pipelines.yaml
  weir run pipelines.yaml                  run it until Ctrl-C, with live figures
  weir run pipelines.yaml --until-idle 5s --summary -
                                           work off what is there, then print what was done as JSON
  weir broker                              a Kafka broker on 127.0.0.1:9092, nothing else needed
  weir store                               an event store on 127.0.0.1:2113, nothing else needed
  weir streams ls                          what streams the store has
  weir streams cat Order-42                the events of one stream
  weir topics tail orders -f               the newest records of a Kafka topic, and what comes
  weir groups describe writer              where a consumer group stands, and how far behind
  weir status                              what the pipelines of the weir that runs here do
  weir reload                              have it read its configuration again

Exit codes: 0 done; 1 the work failed; 2 wrong command line; 3 errors in the configuration;
            4 a needed file, stream, topic or peer is not there; 5 directory, address or name not to be had;
            6 a dead letter is refused; 7 `plan`: something would change.

`weir VERB --help` explains each verb.)";
}

std::string_view examples(std::string_view verb) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kTexts = {{
      {"run",
       R"(FILE is a YAML file, or a directory of them; several make one configuration. They are linted first: with an error
among the findings nothing is started.

On a terminal, one line per pipeline shows its state and figures; otherwise logs are JSON lines on standard error.
A broker or store that is away is tried again, with growing pauses, and reported every few seconds: start order
does not matter.

Signals: SIGINT and SIGTERM drain: nothing more is read, what is in flight is settled and committed, within the
pipeline's drain_timeout. A second one aborts: nothing acknowledged is lost, the rest comes again at the next start.
They differ in what becomes of the partitions of a source with an instance_id. SIGTERM may be half of a restart: the
group keeps them for this process, until its session_timeout. After SIGINT (Ctrl-C), at the end of --until-idle and with
--leave-group its other members have them at once. Which to use, when a process stops for good:
  at a terminal    Ctrl-C
  systemd          systemctl kill -s INT weir; restarts keep their SIGTERM
  Kubernetes       a Deployment: --leave-group, since no pod comes back under its name; a StatefulSet: nothing for
                   restarts, and before it is scaled down: kubectl exec POD -- kill -INT 1
SIGHUP reads the files again and puts what they say in the place of what runs, as --watch does when they are saved:
pipelines that did not change do not notice, the others keep their consumer where they can (`weir plan` says which). With
an error anywhere nothing is changed, and the log says why.

Health, metrics (Prometheus), pause and reload are served on http://127.0.0.1:7070, or the next free port: `curl
localhost:7070/` lists them. On any other address than a loopback one, --admin-token-file is needed.

The data directory holds the embedded servers' data, member ids and locks. Default: $XDG_STATE_HOME/weir,
else ~/.local/state/weir. One process at a time has the servers' data there, and one each pipeline's member id; a run
that uses neither goes beside any other. A connection that is `embedded` is warned of: events elsewhere are not seen.

Examples:
  weir run pipelines.yaml
  weir run pipelines.yaml --until-idle 2s --summary result.json
      ends when the group has settled, every partition is read to its end and everything is settled, for 2 s
  KAFKA_BROKERS=kafka:9092 weir run pipelines.yaml --data-dir /var/lib/weir --log-format json)"},
      {"dev",
       R"(Everything on one machine, nothing installed: a Kafka broker on 127.0.0.1:9092, an event store on 127.0.0.1:2113, and
the pipelines of FILE, whose topics are made with 3 partitions. Without a FILE: of pipelines.yaml, where there is one;
else the two servers alone. Clients connect as they would to the real ones.

What is stored stays: the next `weir dev` goes on with it, and so does `weir run` with connections that say `embedded`
(the data directory is the same). --fresh begins anew. Connections that name servers elsewhere are left as they are.

A changed FILE is put to work when it is saved; one with errors changes nothing, and the log says why.
Ctrl-C drains the pipelines, then stops the servers. Signals, figures and --until-idle are those of `weir run`.

Examples:
  weir dev
  weir dev orders.yaml --fresh
  weir dev --port-kafka 19092 --port-store 12113      beside servers that have the usual ports
  weir topics tail orders -f                          in another terminal: what comes in
  weir streams cat Order-42                           and what was stored)"},
      {"broker",
       R"(A durable Kafka broker for one machine: kcat, kafkajs, NestJS, Spring, the Java client, librdkafka and their like
connect to it as they are. With --fsync always every answer to acks=all comes after the records are on disk.
It is one node and stays one: transactions and clusters are a real Kafka's.

Users (SASL PLAIN) come from --users, --user and WEIR_BROKER_USERS, one NAME:PASSWORD per line; without any, everybody
may do everything.

The records are in --data-dir, else where `weir dev` and `weir run` keep those of `brokers: embedded`:
$XDG_STATE_HOME/weir/broker, else ~/.local/state/weir/broker. One process at a time.

A partition whose stored records are damaged is offline, and the others are served; the log says which file and where.
A start with --repair cuts it there: what came after the damage is lost to readers, and kept beside the log as *.damaged.
It also begins journals (meta/*.log) anew that are missing.

Examples:
  weir broker
  weir broker --topics orders,payments --partitions 6 --data-dir /var/lib/weir-broker
  weir broker --listen 0.0.0.0:9092 --advertised kafka.example.com:9092 --users users.txt \
      --tls-cert chain.pem --tls-key key.pem
  kcat -b 127.0.0.1:9092 -L)"},
      {"lint",
       R"(Checks what `run` would check before it starts anything: YAML, unknown keys (with the nearest known name), types,
bounds, references between parts, outputs that are read again. Nothing is opened, no peer is needed. One line per
finding; where YAML itself is wrong, the line of the file stands below it:
  file:line:column: error: what is wrong and what was expected (what to do) [code]

Exit codes: 0 no errors; 1 warnings, with --strict; 3 errors; 4 a file is not there.

Examples:
  weir lint pipelines.yaml
  weir lint conf.d/ --strict --json
  generate-pipelines | weir lint -
  weir lint --env-file production.env pipelines.yaml
  weir lint --reference | less             every component and option
  weir lint --codes | less                 every finding, and what to do)"},
      {"plan",
       R"(Compares two configurations and says what becomes of each connection and pipeline: kept, switched (its consumer stays),
rejoined (its consumer cannot be kept), added, removed. Both are linted first; nothing is opened, nothing is changed.

Exit codes: 0 nothing would change; 7 something would; 3 one of them has errors; 4 a file is not there.

Examples:
  weir plan pipelines.yaml --from running.yaml
  git show HEAD:pipelines.yaml > /tmp/now.yaml && weir plan pipelines.yaml --from /tmp/now.yaml
  weir plan conf.d/ --from /etc/weir/conf.d/ --json)"},
      {"test",
       R"(Runs the tests that stand in pipelines (`tests:`) and beside them (NAME.test.yaml): the real source, stages and sinks,
over a broker and a store in memory, in virtual time. Nothing is opened, nothing is stored, no server is needed, and the
environment is not looked at: a test gives the same result everywhere.

A failure shows what was expected (-) and found (+), and the way of the messages through the pipeline. What a test does
not speak of and is written all the same is a failure, too. docs/test-a-pipeline.md tells how to write tests.

--update shows the differences, then writes what was seen into the files as what is expected; the rest of a file stays
byte for byte. --crash-everywhere repeats each test that passes with a crash before and after every call to a server, and
checks that nothing is lost, doubled or reordered; tests that crash or restart the process themselves are left as they
are.

Exit codes: 0 all passed (or were updated); 1 some failed; 3 a configuration or a test has errors; 4 a file is not there,
or no test was found.

Examples:
  weir test
  weir test conf.d/ --filter "stored once" --verbose
  weir test orders.test.yaml --junit results.xml
  weir test --watch                        again at every change)"},
      {"init",
       R"(Writes pipelines.yaml, a pipeline that is explained line by line, and pipelines.test.yaml, tests of it that pass. What is
there already is never overwritten.

Exit codes: 0 done; 1 it cannot be written; 5 one of the files is there already.

Examples:
  weir init
  weir init orders && cd orders && weir test)"},
      {"streams", R"(Examples:
  weir streams ls --prefix Order-
  weir streams cat Order-42 --backwards --limit 5)"},
      {"streams ls",
       R"(The store is found by --store, else EVENTSTORE_CONNECTION_STRING, else KURRENT_CONNECTION_STRING, else
esdb://127.0.0.1:2113?tls=false.

Cost: a store keeps no list of streams that clients may ask for. With the $streams projection on, one link per stream
is read. Otherwise the whole log is read once, from its start: cheap on a laptop, not on a production store with
a long history.

Examples:
  weir streams ls
  weir streams ls --prefix Order- --limit 20 --json)"},
      {"streams cat",
       R"(The store is found as for `streams ls`. --json writes one object per event; data that is not JSON stands in
data_base64. Exit code 4: there is no such stream.

Examples:
  weir streams cat Order-42
  weir streams cat Order-42 --from 10 --limit 5
  weir streams cat '$all' --backwards --limit 1
  weir streams cat Order-42 --json | jq .data)"},
      {"store",
       R"(A durable event store for one machine, speaking the EventStoreDB gRPC protocol: the official clients for Node,
.NET, Java, Go and Python connect to it as they are. Every answer to a write comes after it is on disk.

The events are in --data-dir, else where `weir dev` and `weir run` keep those of `url: embedded`:
$XDG_STATE_HOME/weir/eventstore, else ~/.local/state/weir/eventstore. One process at a time. It knows neither users nor
TLS: whoever reaches the address may do everything.

A store that finds events gone which it had acknowledged (a damaged disk, a file that was removed) refuses to start and
says how many. To go on without them, make an empty file accept-loss in its directory: it allows one start.

Examples:
  weir store
  weir store --listen 0.0.0.0:2113 --data-dir /var/lib/weir-store
  curl http://127.0.0.1:2113/health/live
  curl -L http://127.0.0.1:2113/streams/Order-42 -H 'Content-Type: application/json' -H 'ES-EventType: OrderPlaced' \
       -d '{"amount": 100}')"},
      {"reload",
       R"(The weir that runs reads its files again and puts them to work; what cannot be used leaves it as it is. Prints what was
kept, switched, added and removed, or why it was refused. May take as long as a pipeline takes to let go of an old sink.

Exit codes: 0 applied, or nothing had changed; 3 the new configuration has errors (they are printed); 1 refused for
another reason, or the token is wrong; 4 no weir answers there.

Examples:
  weir reload
  weir reload --admin 127.0.0.1:7071
  weir reload --admin weir.example.com:7070 --token-file token.txt --json)"},
      {"status",
       R"(One line per pipeline, then the reasons of those that do not get on, and connections that are not open.

Exit codes: 0 answered, whatever the state is; 1 the token is wrong; 4 no weir answers there.

Examples:
  weir status
  weir status --json | jq '.pipelines[].state'
  curl -f localhost:7070/health/ready         for scripts that want to know whether all is well)"},
      {"version", R"(Examples:
  weir version
  weir version --json)"},
  }};
  for (const auto& [name, text] : kTexts) {
    if (name == verb) return text;
  }
  const std::string_view inspection = inspection_examples(verb);
  return inspection.empty() ? kafka_examples(verb) : inspection;
}

}  // namespace weir::cli
