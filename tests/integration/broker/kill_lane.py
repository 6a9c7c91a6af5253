"""The broker is killed with SIGKILL again and again: nothing acknowledged is lost or doubled, and nothing a consumer saw is ever unwritten."""
import random
import shutil
import time

import java_lane
import kcat_lane
import kill_test
from harness import HERE, Skip, kafka, log, python_with, require, tail
from kill_test import json_lines
from under_test import ON_KAFKA, Broker

PYTHON = HERE / "broker" / "python"


def main_job(lane, events=100_000, per_second=3_000):
    """The proof of the main job, on this broker: `weir run` and the broker are killed three times each."""
    broker = Broker(lane)
    kafka.create_topics(broker.port, {kill_test.TOPIC: kill_test.PARTITIONS, kill_test.DEAD: 1})
    kill_test.run(lane, events, per_second, broker_under_test=broker)


def clients(lane, kills=3 if ON_KAFKA else 12):
    """Idempotent producers (librdkafka; Java's VerifiableProducer where there is a Java) and a consumer group, all along the kills.

    Three on a real Kafka: it takes seconds to come back.
    """
    python = python_with(PYTHON / "requirements-confluent.txt", "broker-confluent-kafka")
    broker = Broker(lane)
    kafka.create_topics(broker.port, {"numbers": 3, "verifiable": 3})
    stop = lane.folder / "stop"

    def client(mode, *arguments):
        return lane.start(mode, [python, PYTHON / "kill_clients.py", mode, broker.address, "numbers", lane.folder / f"{mode}.jsonl", *arguments])

    producer, follower, verifiable = client("produce", stop), client("follow", stop), start_verifiable(lane, broker)
    for number in range(kills):
        time.sleep(random.uniform(0.3, 2.0))
        before = size(lane.folder / "produce.jsonl")
        broker.restart("kill")
        deadline = time.monotonic() + 60
        while size(lane.folder / "produce.jsonl") == before:
            require(producer.poll() is None, f"the producer gave up after kill {number + 1}; {tail(producer.log)}")
            require(time.monotonic() < deadline, f"nothing is acknowledged for 60 s after kill {number + 1}; {tail(broker.process.log)}")
            time.sleep(0.02)
    broker.restart("term")
    stop.touch()
    require(producer.wait(150) == 0, f"the producer: exit code {producer.returncode}; {tail(producer.log)}")
    log(f"{kills} kills; {producer.log.read_text().strip()}")
    lane.run("read", [python, PYTHON / "kill_clients.py", "read", broker.address, "numbers", lane.folder / "read.jsonl"], 150)
    time.sleep(1)
    require(follower.wait(30) == 0, f"the follower: exit code {follower.returncode}; {tail(follower.log)}")
    check(lane)
    if verifiable:
        check_verifiable(lane, broker, verifiable)


def size(path):
    return path.stat().st_size if path.exists() else 0


def check(lane):
    there = {}
    following = {partition: [] for partition in range(3)}
    for partition, offset, value in json_lines(lane.folder / "read.jsonl"):
        require(offset == len(following[partition]), f"partition {partition}: offset {offset} after {len(following[partition])} records")
        there[partition, offset] = value
        following[partition].append(int(value))
    for partition, numbers in following.items():
        wanted = list(range(partition, 3 * len(numbers), 3))
        wrong = next((pair for pair in zip(numbers, wanted) if pair[0] != pair[1]), None)
        require(wrong is None, f"partition {partition}: {wrong[0] if wrong else ''} where {wrong[1] if wrong else ''} belongs: lost, doubled or out of order")
    acked = list(json_lines(lane.folder / "produce.jsonl"))
    for partition, offset, value in acked:
        require(there.get((partition, offset)) == value, f"acknowledged and not there: {value} at {partition}/{offset}: {there.get((partition, offset))}")
    require(len(acked) == len(there), f"{len(acked)} acknowledged, {len(there)} there")
    seen = 0
    for partition, offset, value in json_lines(lane.folder / "follow.jsonl"):
        require(there.get((partition, offset)) == value, f"a consumer saw {value} at {partition}/{offset}, where {there.get((partition, offset))} is now")
        seen += 1
    require(seen > 0, "the group consumer saw nothing")
    log(f"{len(there)} acknowledged, each there once, in order and where it was said to be; {seen} seen by the group meanwhile, none of them unwritten")


def start_verifiable(lane, broker):
    try:
        if shutil.which("kcat") is None:
            raise Skip("kcat is not installed (Debian's package kcat), which reads back what it wrote")
        tools = java_lane.Tools("new", broker)
    except Skip as reason:
        log(f"WITHOUT Java's VerifiableProducer: {reason}")
        return None
    settings = lane.folder / "producer.properties"
    # Of itself it neither repeats nor is idempotent.
    settings.write_text("retries=2147483647\nenable.idempotence=true\ndelivery.timeout.ms=300000\nrequest.timeout.ms=5000\nreconnect.backoff.max.ms=200\nlinger.ms=2\n")
    arguments = ["--bootstrap-server", broker.address, "--topic", "verifiable", "--throughput", 2000, "--acks", -1, "--producer.config", settings]
    return lane.start("verifiable-producer", tools.command("verifiable-producer", *arguments))


def check_verifiable(lane, broker, producer):
    producer.terminate()
    producer.wait(60)
    acked = {int(line["value"]) for line in java_lane.json_lines(producer.log) if line["name"] == "producer_send_success"}
    failed = [line for line in java_lane.json_lines(producer.log) if line["name"] == "producer_send_error"]
    require(not failed, f"VerifiableProducer: {len(failed)} records were refused: {failed[:1]}")
    lines = [line.split() for line in kcat_lane.Kcat(broker.address)("-C", "-t", "verifiable", "-o", "beginning", "-e", "-q", "-f", "%p %s\n").decode().splitlines()]
    numbers = [int(value) for _, value in lines]
    require(len(set(numbers)) == len(numbers), f"{len(numbers) - len(set(numbers))} records of VerifiableProducer are there twice")
    require(acked <= set(numbers), f"{len(acked - set(numbers))} acknowledged records of VerifiableProducer are not there: {sorted(acked - set(numbers))[:5]}")
    for partition in range(3):
        own = [int(value) for place, value in lines if place == str(partition)]
        require(own == sorted(own), f"partition {partition} of VerifiableProducer is out of order")
    require(len(acked) > 1000, f"VerifiableProducer had only {len(acked)} records acknowledged")
    log(f"VerifiableProducer: {len(acked)} acknowledged, each there once and in order")
