"""The proof: weir is killed with SIGKILL again and again while it works, and nothing is lost, doubled or out of order.

A real Kafka, an unmodified kafkajs producer at a steady rate with some broken events, `weir store` as a process of its own, `weir run` killed
while its watermark moves and started again with `instance_id: auto`. In the end every good event is in its stream exactly once and in
order, every broken one in the dead-letter topic byte for byte, and committed = end.
"""
import collections
import json
import random
import subprocess
import time

from harness import Failed, kafka, log, node_and_packages, require, tail

TOPIC, DEAD, GROUP, PARTITIONS = "order-events", "order-events.dlq", "kill-test", 6

PIPELINE = """\
connections:
  broker: {{ kafka: {{ brokers: "127.0.0.1:{kafka}" }} }}
  store: {{ eventstoredb: {{ url: "esdb://127.0.0.1:{store}?tls=false" }} }}
pipelines:
  orders:
    source: {{ kafka: {{ connection: broker, topics: [{topic}], group: {group}, instance_id: auto }} }}
    stages:
      - decode: {{ format: json, envelope: domain_event }}
      - dedupe: {{ key: event_id, window: 24h }}
      - route: {{ by: event_type, to: {{ default: events }} }}
      - persist: {{ retry: {{ attempts: 5, initial: 300ms, multiplier: 2, max: 5s }}, on_exhausted: pause }}
      - ack: {{}}
    sinks:
      events: {{ eventstoredb: {{ connection: store, stream: "{{aggregate_type}}-{{aggregate_id}}" }} }}
      dlq: {{ kafka: {{ connection: broker, topic: {dead} }} }}
"""


def run(lane, events=100_000, per_second=3_000, broken_per_thousand=10, kills=3, broker_under_test=None):
    """With a `broker_under_test`, which has the two topics, that one takes the place of Kafka, and is killed while weir works, too."""
    node, packages = node_and_packages()
    broker = broker_under_test.port if broker_under_test else lane.start_kafka({TOPIC: PARTITIONS, DEAD: 1})
    store = lane.start_store()
    config = lane.folder / "pipeline.yaml"
    config.write_text(PIPELINE.format(kafka=broker, store=store, topic=TOPIC, dead=DEAD, group=GROUP))
    manifest, stop = lane.folder / "sent.jsonl", lane.folder / "stop"
    # It goes on until weir has come back from the last kill, however long that takes here.
    command = [node, packages / "produce.mjs", f"127.0.0.1:{broker}", TOPIC, events, per_second, broken_per_thousand, manifest, stop]
    producer = lane.start("producer", command)
    seconds = events / per_second
    weir_run = [lane.weir, "run", config, "--data-dir", lane.folder / "weir"]

    for number in range(1, kills + 1):
        weir = lane.start("weir", weir_run)
        if broker_under_test:
            wait_until_moving(weir, broker, number, time.monotonic())
            log(f"killed the broker while weir ran, away for {broker_under_test.restart('kill'):.1f} s")
        kill_while_moving(lane, weir, broker, producer, number, not_before=random.uniform(0.05, 0.3) * seconds / kills)
    summary = lane.folder / "summary.json"
    # More than any pause of the producer: with the next event still to come weir must not take the topic for idle.
    last = lane.start("weir", [*weir_run, "--until-idle", "10s", "--summary", summary])
    wait_until_moving(last, broker, kills + 1, time.monotonic())
    stop.touch()
    wait_for(producer, 60 + 3 * seconds, "the producer")
    sent = json.loads(producer.log.read_text().splitlines()[-1])["sent"]
    require(sent >= events, f"the producer sent {sent} events, not {events} at least")
    log(f"{sent} events sent")
    wait_for(last, 120 + 3 * sent / per_second, "weir run --until-idle")
    log(f"summary of the last run: {' '.join(summary.read_text().split())[:300]}")
    verify(lane, node, packages, broker, store, manifest, sent)


def wait_for(process, timeout, what):
    try:
        code = process.wait(timeout)
    except subprocess.TimeoutExpired:
        raise Failed(f"{what} did not end within {timeout:.0f} s; {tail(process.log)}") from None
    require(code == 0, f"{what} ended with exit code {code}; {tail(process.log)}")


def kill_while_moving(lane, weir, broker, producer, number, not_before, patience=90):
    """Waits until the committed offsets have moved twice since the start, and kills."""
    begun = time.monotonic()
    last = wait_until_moving(weir, broker, number, begun, not_before, patience)
    require(producer.poll() is None, f"the producer ended before the kill: the test proves nothing; {tail(producer.log)}")
    weir.kill()
    weir.wait()
    log(f"killed #{number} after {time.monotonic() - begun:.1f} s, {last} of the offsets committed")


def wait_until_moving(weir, broker, number, begun, not_before=0.0, patience=90):
    """Waits until the committed offsets have moved twice, and some time has gone by; answers their sum."""
    moved, last = 0, sum_committed(broker)
    while moved < 2 or time.monotonic() < begun + not_before:
        require(weir.poll() is None, f"weir run ended by itself with exit code {weir.returncode}; {tail(weir.log)}")
        require(time.monotonic() < begun + patience, f"the watermark stood still for {patience} s after start {number}; {tail(weir.log)}")
        time.sleep(random.uniform(0.005, 0.06))
        now = sum_committed(broker)
        moved += now > last
        last = now
    return last


def sum_committed(broker):
    return sum(max(offset, 0) for offset in kafka.committed(broker, GROUP, TOPIC, PARTITIONS).values())


def json_lines(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def verify(lane, node, packages, broker, store, manifest, sent):
    wanted, broken = collections.defaultdict(list), {}
    for record in json_lines(manifest):
        if record.get("broken"):
            broken[str(record["number"])] = record
        else:
            wanted[record["stream"]].append((record["id"], record["hash"]))
    good = sum(map(len, wanted.values()))
    require(good + len(broken) == sent, f"the manifest has {good} + {len(broken)} records, not {sent}")

    lane.run("read-store", [node, packages / "read_store.mjs", store, "Order-", lane.folder / "store.jsonl"], 300)
    found = collections.defaultdict(list)
    for event in json_lines(lane.folder / "store.jsonl"):
        place = found[event["stream"]]
        require(event["revision"] == len(place), f"{event['stream']}: revision {event['revision']} after {len(place)} events")
        place.append((event["id"], event["hash"]))
    check_streams(wanted, found)
    log(f"{good} good events in {len(wanted)} streams: each exactly once, in order")

    letters = kafka.ends(broker, DEAD, 1)[0]
    lane.run("read-dead", [node, packages / "read_topic.mjs", f"127.0.0.1:{broker}", DEAD, letters, lane.folder / "dead.jsonl"], 120)
    check_dead(broken, list(json_lines(lane.folder / "dead.jsonl")))
    log(f"{len(broken)} broken events in {letters} dead letters, byte for byte")

    done, ends = kafka.committed(broker, GROUP, TOPIC, PARTITIONS), kafka.ends(broker, TOPIC, PARTITIONS)
    require(done == ends, f"committed {done} is not the end {ends}")
    log(f"committed = end: {done}")


def check_streams(wanted, found):
    for stream in wanted.keys() | found.keys():
        should, there = wanted.get(stream, []), found.get(stream, [])
        if should == there:
            continue
        missing = set(should) - set(there)
        extra = [pair for pair, count in collections.Counter(there).items() if count > 1 or pair not in set(should)]
        raise Failed(f"{stream}: {len(should)} events sent, {len(there)} stored; missing {sorted(missing)[:3]}, doubled or strange {extra[:3]}"
                     + ("" if missing or extra else "; all there, but out of order"))


def check_dead(broken, letters):
    """At least once: a repeat is allowed, another content or a stranger is not."""
    seen = set()
    for letter in letters:
        number = letter["headers"].get("x-number")
        require(number in broken, f"a dead letter that should not be one: {letter}")
        require(letter["value"] == broken[number]["value"], f"dead letter {number}: other bytes than were sent")
        require(letter["key"] == broken[number]["key"], f"dead letter {number}: another key than was sent")
        require(letter["headers"].get("content-type") == "application/json", f"dead letter {number}: lost a header: {letter['headers']}")
        seen.add(number)
    lost = sorted(set(broken) - seen)
    require(not lost, f"{len(lost)} broken events are in no dead letter: {lost[:5]}")
