"""The lanes that are short to tell; the proof by killing has a file of its own."""
import json
import os
import subprocess
import sys

from harness import HERE, ROOT, Skip, client_wheel, kafka, log, node_and_packages, python_with, python_with_clients, require, wait_for_line

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
            done, ends = committed(port, "event-store-writer", topic), kafka.ends(port, topic, 3)
            require(sum(ends.values()) == count * (1 if turn == "first" else 2), f"{topic} holds {sum(ends.values())} records")
            require(done == ends, f"{topic}: committed {done} is not the end {ends}")
        stored = events_in_store(lane, store, turn)
        require(stored == expected["good"], f"{turn} time: the store holds {stored} events, not {expected['good']}")
        log(f"{turn} time: {expected['records']} records, as expected; {stored} events in the store")
    groups_of_the_new_protocol(lane, port, "task-events", 2 * expected["topics"]["task-events"])


def groups_of_the_new_protocol(lane, port, topic, records, group="next-generation"):
    """`weir groups` and a group whose members it cannot see (KIP-848): listed, described without them, and not reset before the broker says it is empty."""
    try:
        python = python_with(HERE / "broker" / "python" / "requirements-confluent.txt", "broker-confluent-kafka")
    except Skip as reason:
        log(f"WITHOUT the group of the new consumer protocol: {reason}")
        return
    brokers = f"127.0.0.1:{port}"
    member = lane.start("member", [python, HERE / "kafka" / "new_protocol_member.py", brokers, group, topic, records])

    def weir(*arguments):
        done = subprocess.run([lane.weir, "groups", *arguments, "--brokers", brokers], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout + done.stderr

    wait_for_line(member, "consumed", patience=60)
    code, said = weir("ls")
    require(code == 0 and group in said and "KIP-848" in said and "event-store-writer" in said, f"groups ls: exit code {code}: {said}")
    code, said = weir("describe", group)
    require(code == 0 and "members not known" in said and "lag 0" in said, f"groups describe: exit code {code}: {said}")
    code, said = weir("reset", group, "--to", "start", "--topic", topic, "--yes")
    require(code == 5 and "stop them first" in said, f"groups reset of a live group: exit code {code}: {said}")
    done = committed(port, group, topic)
    require(done == kafka.ends(port, topic, 3), f"a refused reset changed offsets: {done}")
    member.terminate()
    member.wait(30)
    code, said = weir("reset", group, "--to", "start", "--topic", topic, "--yes")
    require(code == 0, f"groups reset of an empty group: exit code {code}: {said}")
    require(max(kafka.committed(port, group, topic, 3).values()) == 0, "the reset did not change the offsets")
    log("a group of the new consumer protocol (KIP-848): listed, described, reset only when it is empty")


def committed(port, group, topic):
    """The committed offset of each partition: 0 where nothing is, as in one that never held a record."""
    return {partition: max(offset, 0) for partition, offset in kafka.committed(port, group, topic, 3).items()}


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
    lane.run("proto", [python, ROOT / "tests" / "connectors" / "eventstoredb" / "proto_agreement.py", client_wheel()], 120)
    for line in (lane.folder / "proto.log").read_text().strip().splitlines()[-1:]:
        log(line)
