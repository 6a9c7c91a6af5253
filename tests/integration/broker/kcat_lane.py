"""kcat, which in Debian 12 is librdkafka 2.0.2: a client that decides by exact protocol versions what it may use."""
import json
import random
import shutil
import signal
import subprocess
import time

import wire
from harness import Failed, Skip, kafka, log, require, tail
from under_test import PASSWORD, USER, Broker, secured

RECORDS = 2_000


class Kcat:
    """Runs kcat against one broker; `common` are -X settings for all its calls."""

    def __init__(self, address, *common):
        self.base = ["kcat", "-b", address, *(part for setting in common for part in ("-X", setting))]

    def __call__(self, *arguments, data=None, timeout=60):
        """The output of a kcat that must succeed."""
        done = self.attempt(*arguments, data=data, timeout=timeout)
        require(done.returncode == 0, f"kcat {' '.join(map(str, arguments))}: exit code {done.returncode}: {done.stderr[-1500:].decode(errors='replace')}")
        return done.stdout

    def attempt(self, *arguments, data=None, timeout=60):
        command = [*self.base, *map(str, arguments)]
        try:
            return subprocess.run(command, input=data if data is not None else b"", capture_output=True, timeout=timeout)
        except subprocess.TimeoutExpired:
            raise Failed(f"kcat {' '.join(map(str, arguments))}: no end within {timeout} s") from None

    def refused(self, *arguments, because, timeout=60):
        """A kcat that must fail and say why."""
        done = self.attempt(*arguments, timeout=timeout)
        said = (done.stdout + done.stderr).decode(errors="replace")
        require(done.returncode != 0 and any(text in said for text in because), f"kcat {arguments}: exit code {done.returncode}, it said: {said[-800:]}")


def run(lane):
    if shutil.which("kcat") is None:
        raise Skip("kcat is not installed (Debian's package kcat)")
    broker = Broker(lane)
    kcat = Kcat(broker.address)
    for codec in wire.CODECS:
        produced_comes_back(kcat, broker, codec)
    log("each codec, compressed on the wire; keys, headers, order")
    nulls_and_acks(kcat, broker)
    large_messages(kcat, broker)
    timestamps(kcat, broker)
    metadata(kcat)
    for strategy in ("range", "roundrobin", "cooperative-sticky"):
        group_with_a_killed_member(lane, broker, kcat, strategy)
    log("groups by range, roundrobin, cooperative-sticky: joined, killed, resumed")
    static_member(lane, broker, kcat)
    for how in ("term", "kill"):
        restart_while_producing(lane, broker, kcat, how)
    security(lane)


def produced_comes_back(kcat, broker, codec):
    topic = f"kcat-{codec}"
    lines = [f"key-{number % 50}:value {number} {'abc' * (number % 40)}" for number in range(RECORDS)]
    kcat("-P", "-t", topic, "-p", 0, "-z", codec, "-K:", "-H", "origin=kcat", "-H", f"codec={codec}", "-X", "linger.ms=20", data="\n".join(lines).encode())
    back = kcat("-C", "-t", topic, "-p", 0, "-o", "beginning", "-e", "-q", "-f", "%o|%h|%k:%s\n").decode().splitlines()
    wanted = [f"{number}|origin=kcat,codec={codec}|{line}" for number, line in enumerate(lines)]
    require(back == wanted, f"{topic}: {len(back)} records came back, the first other one: {next((pair for pair in zip(back, wanted) if pair[0] != pair[1]), None)}")
    wire.check_codec(broker.port, topic, codec)


def nulls_and_acks(kcat, broker):
    for acks in ("0", "1", "all"):
        topic = f"kcat-acks-{acks}"
        kcat("-P", "-t", topic, "-Z", "-K:", "-X", f"acks={acks}", data=b"key:\n:value\n:\nx:y")
        # With acks=0 the producer is gone before the broker has the data.
        deadline = time.monotonic() + 10
        while wire.count(broker.port, topic) < 4:
            require(time.monotonic() < deadline, f"acks={acks}: {wire.count(broker.port, topic)} of 4 records arrived")
            time.sleep(0.05)
        back = kcat("-C", "-t", topic, "-o", "beginning", "-e", "-q", "-f", "%K %S|").decode()
        require(back == "3 -1|-1 5|-1 -1|1 1|", f"acks={acks}: lengths of keys and values: {back}")
    kcat("-P", "-t", "kcat-idempotent", "-X", "enable.idempotence=true", data=b"\n".join(b"%d" % number for number in range(RECORDS)))
    back = kcat("-C", "-t", "kcat-idempotent", "-o", "beginning", "-e", "-q").split()
    require(back == [b"%d" % number for number in range(RECORDS)], f"idempotent: {len(back)} records")
    wire.check_idempotent(broker.port, "kcat-idempotent")
    log("acks 0, 1, all; null keys and values; the idempotent producer")


def large_messages(kcat, broker):
    """1,048,588 bytes is Kafka's limit of a batch: what is near passes, what is above is refused by the broker and the producer says so."""
    near, above = 1_048_000, 1_060_000
    path = broker.folder / "large"
    path.write_bytes(random.randbytes(near))
    kcat("-P", "-t", "kcat-large", "-X", "message.max.bytes=3000000", path)
    require(kcat("-C", "-t", "kcat-large", "-o", "beginning", "-e", "-q", "-f", "%S\n").split() == [b"%d" % near], "the large message did not come back")
    path.write_bytes(random.randbytes(above))
    kcat.refused("-P", "-t", "kcat-large", "-X", "message.max.bytes=3000000", path, because=["Message size too large"])
    log("a message near the limit passes, one above it is refused by name")


def timestamps(kcat, broker):
    kcat("-P", "-t", "kcat-times", data=b"early")
    time.sleep(0.3)
    between = int(time.time() * 1000)
    time.sleep(0.3)
    kcat("-P", "-t", "kcat-times", data=b"late")
    for wanted, offset in ((0, 0), (between, 1), (-1, 2), (-2, 0)):
        answer = kcat("-Q", "-t", f"kcat-times:0:{wanted}").decode()
        require(f"offset {offset}" in answer, f"time {wanted}: {answer}, not offset {offset}")
    require(kcat("-C", "-t", "kcat-times", "-o", f"s@{between}", "-e", "-q") == b"late\n", "consuming from a time")
    log("offsets by time")


def metadata(kcat):
    known = json.loads(kcat("-L", "-J"))
    require(len(known["brokers"]) == 1, f"brokers: {known['brokers']}")
    require({topic["topic"] for topic in known["topics"]} >= {"kcat-gzip", "kcat-zstd"}, f"topics: {known['topics']}")
    unknown = kcat.attempt("-L", "-J", "-t", "kcat-never", "-X", "allow.auto.create.topics=false").stdout.decode()
    require("Unknown topic" in unknown, f"an unknown topic: {unknown}")
    require("kcat-never" not in {topic["topic"] for topic in json.loads(kcat("-L", "-J"))["topics"]}, "a look-up made a topic")
    log("metadata; no topic comes into being that nobody wanted")


def group_member(lane, broker, name, group, topic, *settings):
    """A consumer in a group, its records in NAME.out; it never ends by itself."""
    out = open(lane.folder / f"{name}.out", "ab")
    more = [part for setting in settings for part in ("-X", setting)]
    command = ["kcat", "-E", "-b", broker.address, "-X", "auto.offset.reset=earliest", "-X", "session.timeout.ms=6000", "-X", "heartbeat.interval.ms=500",
               "-X", "auto.commit.interval.ms=200", *more, "-f", "%p %o %s\n", "-u", "-G", group, topic]
    member = lane.start(name, command, stdout=out)
    member.out = lane.folder / f"{name}.out"
    return member


def values(*members):
    """What the members printed; a line may still be on its way."""
    return [line.split(b" ", 2)[2].rstrip() for member in members for line in member.out.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]


def eventually(condition, what, patience=40):
    deadline = time.monotonic() + patience
    while not condition():
        require(time.monotonic() < deadline, f"not within {patience} s: {what() if callable(what) else what}")
        time.sleep(0.1)


def group_with_a_killed_member(lane, broker, kcat, strategy):
    topic, group = f"kcat-group-{strategy}", f"group-{strategy}"
    kafka.create_topics(broker.port, {topic: 4})
    setting = f"partition.assignment.strategy={strategy}"
    first = group_member(lane, broker, f"{strategy}-1", group, topic, setting)
    second = group_member(lane, broker, f"{strategy}-2", group, topic, setting)
    sent = []

    def send(count):
        lines = [b"%d" % number for number in range(len(sent), len(sent) + count)]
        sent.extend(lines)
        kcat("-P", "-t", topic, "-K:", "-X", "linger.ms=1", data=b"\n".join(b"key%s:%s" % (line, line) for line in lines))

    def send_until_both_have_some():
        send(40)
        time.sleep(0.3)
        return values(first) and values(second)

    eventually(send_until_both_have_some, lambda: f"{group}: both members consume; {tail(first.log)} {tail(second.log)}")
    eventually(lambda: set(values(first, second)) >= set(sent), f"{group}: everything is consumed by two")
    second.kill()
    second.wait()
    send(400)
    # The session of the killed one runs out after six seconds; then its partitions have a new owner.
    eventually(lambda: set(values(first, second)) >= set(sent), lambda: f"{group}: everything is consumed after a member died; {tail(first.log)}")
    first.send_signal(signal.SIGTERM)
    first.wait(20)
    ends = kafka.ends(broker.port, topic, 4)
    require(kafka.committed(broker.port, group, topic, 4) == ends, f"{group}: committed {kafka.committed(broker.port, group, topic, 4)} is not {ends}")
    # Resumed: who comes later begins where the group stopped; another group begins anew.
    third = group_member(lane, broker, f"{strategy}-3", group, topic, setting)
    send(100)
    eventually(lambda: len(values(third)) >= 100, lambda: f"{group}: the third member gets the new ones; {tail(third.log)}")
    require(sorted(values(third)) == sorted(sent[-100:]), f"{group}: the third member got {len(values(third))} records instead of the last 100")
    other = group_member(lane, broker, f"{strategy}-other", f"other-{group}", topic, setting)
    eventually(lambda: sorted(values(other)) == sorted(sent), lambda: f"another group reads all: {len(values(other))} of {len(sent)}")
    for member in (third, other):
        member.send_signal(signal.SIGTERM)
        member.wait(20)


def static_member(lane, broker, kcat):
    """A static member that comes back inside its session timeout gets its partitions again, and the other one notices nothing."""
    kafka.create_topics(broker.port, {"kcat-static": 4})

    def member(name):
        # "-X debug=cgrp" tells of every rebalance in the log.
        return group_member(lane, broker, name, "static", "kcat-static", f"group.instance.id={name.split('.')[0]}", "session.timeout.ms=20000", "debug=cgrp")

    stays, goes = member("stays"), member("goes")

    def both_fed():
        kcat("-P", "-t", "kcat-static", "-K:", data=b"\n".join(b"%d:x" % random.randrange(1 << 30) for _ in range(20)))
        time.sleep(0.3)
        return values(stays) and values(goes)

    eventually(both_fed, "both static members consume")
    rebalances = stays.log.read_text(errors="replace").count("received: rebalance in progress")
    joined = stays.log.read_text(errors="replace").count("JoinGroup response")
    goes.kill()
    goes.wait()
    again = member("goes.again")
    kcat("-P", "-t", "kcat-static", "-K:", data=b"\n".join(b"%d:x" % random.randrange(1 << 30) for _ in range(60)))
    eventually(lambda: len(values(again)) > 0, lambda: f"the static member gets its partitions back; {tail(again.log)}", patience=15)
    time.sleep(1)
    said = stays.log.read_text(errors="replace")
    require(said.count("JoinGroup response") == joined and said.count("received: rebalance in progress") == rebalances,
            f"the other static member went through a rebalance; {tail(stays.log)}")
    for one in (stays, again):
        one.send_signal(signal.SIGTERM)
        one.wait(20)
    log("a static member comes back without a rebalance")


def restart_while_producing(lane, broker, kcat, how):
    """A pipe into an idempotent kcat (-E: it stays when its only broker is away): everything arrives once, in order."""
    topic, total = f"kcat-restart-{how}", 30_000
    kafka.create_topics(broker.port, {topic: 1})
    producer = subprocess.Popen([*kcat.base, "-E", "-P", "-t", topic, "-p", "0", "-X", "enable.idempotence=true", "-X", "linger.ms=5", "-X", "message.timeout.ms=120000",
                                 "-X", "reconnect.backoff.max.ms=500"], stdin=subprocess.PIPE, stderr=open(lane.folder / f"{topic}.log", "wb"))
    consumer = group_member(lane, broker, topic, f"group-{topic}", topic)
    away = None
    for begin in range(0, total, 100):
        producer.stdin.write(b"".join(b"%d\n" % number for number in range(begin, begin + 100)))
        producer.stdin.flush()
        time.sleep(0.005)
        if begin == total // 2:
            away = broker.restart(how)
    producer.stdin.close()
    require(producer.wait(90) == 0, f"the producer failed; {tail(lane.folder / f'{topic}.log')}")
    back = kcat("-C", "-t", topic, "-p", 0, "-o", "beginning", "-e", "-q").split()
    require(back == [b"%d" % number for number in range(total)], f"{len(back)} records, {len(set(back))} different ones, of {total}; in order: {back == sorted(back, key=int)}")
    eventually(lambda: len(set(values(consumer))) == total, lambda: f"the group consumer has {len(set(values(consumer)))} of {total}; {tail(consumer.log)}")
    consumer.send_signal(signal.SIGTERM)
    consumer.wait(20)
    log(f"broker {how} while producing (away {away:.1f} s): {total} records, once and in order; the group consumer got all")


def security(lane):
    sasl = Broker(lane, "sasl", users={USER: PASSWORD})
    plain = ["security.protocol=SASL_PLAINTEXT", "sasl.mechanism=PLAIN", f"sasl.username={USER}"]
    round_trip(Kcat(sasl.address, *plain, f"sasl.password={PASSWORD}"), "sasl")
    Kcat(sasl.address, *plain, "sasl.password=wrong").refused("-L", "-m", "8", because=["Authentication failed", "SASL authentication error", "Failed to acquire metadata"])
    Kcat(sasl.address).refused("-L", "-m", "8", because=["Failed to acquire metadata"])
    both = secured(lane)
    tls = ["security.protocol=SASL_SSL", "sasl.mechanism=PLAIN", f"sasl.username={USER}"]
    good = [*tls, f"sasl.password={PASSWORD}", f"ssl.ca.location={both.tls.authority}", "ssl.endpoint.identification.algorithm=https"]
    round_trip(Kcat(both.address, *good), "tls")
    Kcat(f"localhost:{both.port}", *good).refused("-L", "-m", "8", because=["certificate verify failed", "Failed to acquire metadata"])
    Kcat(both.address, *good[:4], f"ssl.ca.location={both.tls.stranger}").refused("-L", "-m", "8", because=["certificate verify failed"])
    Kcat(both.address, *tls, "sasl.password=wrong", f"ssl.ca.location={both.tls.authority}").refused("-L", "-m", "8", because=["Authentication failed", "SASL authentication error", "Failed to acquire metadata"])
    Kcat(both.address).refused("-L", "-m", "8", because=["Failed to acquire metadata", "Disconnected"])
    log("SASL PLAIN, SASL over TLS, good and bad passwords, authorities and host names")


def round_trip(kcat, topic):
    kcat("-P", "-t", topic, data=b"one\ntwo")
    require(kcat("-C", "-t", topic, "-o", "beginning", "-e", "-q") == b"one\ntwo\n", f"{topic}: the records did not come back")
