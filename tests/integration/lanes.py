"""The lanes that are short to tell; the proof by killing has a file of its own."""
import json
import os
import sys

from harness import HERE, ROOT, client_wheel, kafka, log, node_and_packages, python_with_clients, require

SAMPLES = ROOT / "examples" / "domain-events"
TOPICS = ["system-events", "vulnerability-events", "task-events", "relationship-events", "security-events", "urgent-events", "domain-events",
          "domain-events.dlq"]


def samples_on_kafka(lane):
    """The shipped pipeline, with the sample events, on a real Kafka and the embedded store; then once more: nothing is stored twice."""
    port = lane.start_kafka({topic: 3 for topic in TOPICS})
    store = lane.start_store()
    environment = {**os.environ, "KAFKA_BROKERS": f"127.0.0.1:{port}", "EVENTSTORE_CONNECTION_STRING": f"esdb://127.0.0.1:{store}?tls=false"}
    expected = json.loads((SAMPLES / "expected.json").read_text())
    for turn in ("first", "again"):
        lane.run(f"feed-{turn}", [lane.weir, "feed", "--brokers", f"127.0.0.1:{port}", SAMPLES / "events.jsonl"], 60)
        summary = lane.folder / f"summary-{turn}.json"
        command = [lane.weir, "run", ROOT / "pipelines.yaml", "--data-dir", lane.folder / "weir", "--until-idle", "2s", "--summary", summary]
        lane.run(f"weir-{turn}", command, 120, env=environment)
        again = ["--again"] if turn == "again" else []
        lane.run(f"explain-{turn}", [sys.executable, SAMPLES / "explain_summary.py", summary, SAMPLES / "expected.json", *again], 20)
        for topic, count in expected["topics"].items():
            done, ends = kafka.committed(port, "event-store-writer", topic, 3), kafka.ends(port, topic, 3)
            require(sum(ends.values()) == count * (1 if turn == "first" else 2), f"{topic} holds {sum(ends.values())} records")
            # A partition that never held a record may have nothing committed.
            require({p: max(o, 0) for p, o in done.items()} == ends, f"{topic}: committed {done} is not the end {ends}")
        stored = events_in_store(lane, store, turn)
        require(stored == expected["good"], f"{turn} time: the store holds {stored} events, not {expected['good']}")
        log(f"{turn} time: {expected['records']} records, as expected; {stored} events in the store")


def events_in_store(lane, store, turn):
    """How many events of applications the store holds, as `weir streams cat` shows them."""
    path = lane.folder / f"all-{turn}.jsonl"
    with open(path, "wb") as out:
        command = [lane.weir, "streams", "cat", "$all", "--json", "--store", f"esdb://127.0.0.1:{store}?tls=false"]
        lane.run(f"cat-{turn}", command, 60, stdout=out)
    with open(path, encoding="utf-8") as lines:
        return sum(not json.loads(line)["stream"].startswith("$") for line in lines)


def official_node(lane):
    """@eventstore/db-client 6.2.1 and @kurrent/kurrentdb-client 1.3.1, unmodified, against `weir store`."""
    node, packages = node_and_packages()
    store = lane.start_store()
    for client in ("@eventstore/db-client", "@kurrent/kurrentdb-client"):
        name = client.split("/")[1]
        lane.run(name, [node, packages / "official.mjs", client, store], 180)
        log(f"{client}: {(lane.folder / f'{name}.log').read_text().strip().splitlines()[-1]}")


def official_python(lane):
    """kurrentdbclient, unmodified, against `weir store`."""
    python = python_with_clients()
    store = lane.start_store()
    lane.run("kurrentdbclient", [python, HERE / "python" / "official.py", store], 180)
    log(f"kurrentdbclient: {(lane.folder / 'kurrentdbclient.log').read_text().strip().splitlines()[-1]}")


def proto_agreement(lane):
    """Names, numbers and types of our .proto files against those inside the official Python client."""
    python = python_with_clients()
    lane.run("proto", [python, ROOT / "tests" / "eventstoredb" / "proto_agreement.py", client_wheel()], 120)
    for line in (lane.folder / "proto.log").read_text().strip().splitlines()[-1:]:
        log(line)
