"""kafka-python, 2.0.2 (the oldest protocol versions in live use) or 3.x, against a broker.

   kafka_python.py BROKER SECURE_BROKER CA_FILE STRANGER_CA_FILE USER PASSWORD

Prints `ok WHAT` for each check, and `@kill` or `@term` where it wants the broker restarted while it works.
WEIR_RESTARTS names the file that tells how many of those are done.
"""
import os
import pathlib
import sys
import threading
import time

import kafka
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka import errors
from kafka.admin import KafkaAdminClient, NewPartitions, NewTopic

broker, secure, ca_file, stranger_file, user, password = sys.argv[1:]
NEW = kafka.__version__ >= "3"
NAME = f"kp{kafka.__version__[0]}"
admin = KafkaAdminClient(bootstrap_servers=broker)


def ok(text):
    print(f"ok {text}", flush=True)


def eventually(condition, what, patience=60):
    deadline = time.monotonic() + patience
    while not condition():
        time.sleep(0.02)
        assert time.monotonic() < deadline, f"not within {patience} s: {what() if callable(what) else what}"


def create(topic, partitions=1):
    admin.create_topics([NewTopic(topic, partitions, 1)])
    eventually(lambda: topic in admin.list_topics(), topic)


def consumer(*topics, **settings):
    return KafkaConsumer(*topics, **{"bootstrap_servers": broker, "auto_offset_reset": "earliest", "session_timeout_ms": 6000, "heartbeat_interval_ms": 300,
                                     "auto_commit_interval_ms": 200, "reconnect_backoff_max_ms": 500, **settings})


def read_all(topic, count):
    reader = consumer(group_id=None)
    place = TopicPartition(topic, 0)
    reader.assign([place])
    reader.seek_to_beginning(place)
    found = []

    def enough():
        for records in reader.poll(200).values():
            found.extend(records)
        return len(found) >= count

    eventually(enough, lambda: f"{topic}: {len(found)} of {count}")
    assert reader.end_offsets([place])[place] == count == len(found), (topic, reader.end_offsets([place]), len(found))
    reader.close()
    return found


def codecs():
    # 2.0.2 asks for no zstd before it knows Produce v7.
    for codec in (None, "gzip", "snappy", "lz4", "zstd"):
        topic = f"{NAME}-{codec or 'none'}"
        create(topic)
        sender = KafkaProducer(bootstrap_servers=broker, compression_type=codec, linger_ms=20)
        results = []
        for n in range(1000):
            value = None if n % 7 == 0 and n % 5 else (f"value {n} " + "abc" * (n % 50)).encode()
            results.append(sender.send(topic, value, key=None if n % 5 == 0 else b"key", headers=[("n", str(n).encode())]))
        sender.flush(30)
        assert [result.get(1).offset for result in results] == list(range(1000)), topic
        sender.close()
        for n, record in enumerate(read_all(topic, 1000)):
            assert record.offset == n and [tuple(header) for header in record.headers] == [("n", str(n).encode())], (topic, n, record)
            assert record.value == (None if n % 7 == 0 and n % 5 else (f"value {n} " + "abc" * (n % 50)).encode()), (topic, n)
            assert record.key == (None if n % 5 == 0 else b"key"), (topic, n)
    ok("each codec with keys, headers, nulls, order")


def acks_sizes_times():
    create(f"{NAME}-acks")
    base = int(time.time() * 1000) - 3_600_000  # older than retention.ms would be deleted
    for n, acks in enumerate((0, 1, "all")):
        more = {"enable_idempotence": False} if NEW else {}
        sender = KafkaProducer(bootstrap_servers=broker, acks=acks, **more)
        sender.send(f"{NAME}-acks", str(n).encode(), timestamp_ms=base + n * 1000).get(10)
        time.sleep(0.2)  # without acknowledgement nobody knows when it is there
        sender.close()
    assert [(record.value, record.timestamp - base) for record in read_all(f"{NAME}-acks", 3)] == [(b"0", 0), (b"1", 1000), (b"2", 2000)]
    reader, place = consumer(group_id=None), TopicPartition(f"{NAME}-acks", 0)
    found = reader.offsets_for_times({place: base + 500})[place]
    assert (found.offset, found.timestamp) == (1, base + 1000), found
    assert reader.offsets_for_times({place: base + 9_000_000})[place] is None
    assert (reader.beginning_offsets([place])[place], reader.end_offsets([place])[place]) == (0, 3)
    reader.close()
    sender = KafkaProducer(bootstrap_servers=broker, max_request_size=5_000_000, buffer_memory=50_000_000) if not NEW else \
        KafkaProducer(bootstrap_servers=broker, max_request_size=5_000_000)
    create(f"{NAME}-large")
    sender.send(f"{NAME}-large", b"x" * 1_048_000).get(20)
    try:
        sender.send(f"{NAME}-large", b"x" * 1_060_000).get(20)
        raise AssertionError("a message above the limit was accepted")
    except errors.MessageSizeTooLargeError:
        pass
    sender.close()
    ok("acks 0, 1, all; offsets by time; a message near the limit; MessageSizeTooLargeError above it")


class Member(threading.Thread):
    """A member of a group on a thread of its own: 2.0.2 does not return from poll() while the others have not come to the rebalance."""

    def __init__(self, group, topic, **settings):
        super().__init__(daemon=True)
        self.seen, self.ending, self.failure = [], False, None
        self.consumer = consumer(topic, group_id=group, **settings)
        self.start()

    def run(self):
        try:
            while not self.ending:
                # Long enough for a join: 3.0.12 loses its assignment, and its heartbeats, when poll() ends while a join is being answered.
                for records in self.consumer.poll(1000).values():
                    self.seen += [record.value for record in records]
            self.consumer.close()
        except Exception as failure:
            self.failure = failure

    def close(self):
        self.ending = True
        self.join(30)
        assert not self.is_alive() and self.failure is None, f"a member did not end well: {self.failure}"


def groups():
    from kafka.coordinator.assignors.range import RangePartitionAssignor
    from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
    from kafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
    # The sticky assignor of 2.0.2 fails on newer Pythons (a TypeError of its own).
    for strategy in (RangePartitionAssignor, RoundRobinPartitionAssignor) + (StickyPartitionAssignor,) * NEW:
        topic = f"{NAME}-group-{strategy.name}"
        create(topic, 4)
        sender = KafkaProducer(bootstrap_servers=broker)
        sent = []

        def send(count):
            for _ in range(count):
                sent.append(str(len(sent)).encode())
                sender.send(topic, sent[-1], key=sent[-1])
            sender.flush(20)

        def all_there():
            time.sleep(0.05)
            return len({value for member in everybody for value in member.seen}) == len(sent)

        everybody = [Member(topic, topic, partition_assignment_strategy=[strategy])]
        send(200)
        eventually(all_there, lambda: f"{strategy.name}: the first member has {len(everybody[0].seen)} of 200")
        everybody.append(Member(topic, topic, partition_assignment_strategy=[strategy]))
        one, two = everybody

        def both_have_some():
            send(20)
            time.sleep(0.1)
            return len(one.seen) > 200 and two.seen

        eventually(both_have_some, lambda: f"{strategy.name}: two members share; {[(len(member.seen), member.failure) for member in everybody]}")
        eventually(all_there, f"{strategy.name}: two read all")
        one.close()
        send(200)
        eventually(all_there, f"{strategy.name}: the one who is left reads all")
        two.close()
        handed_out = len(one.seen) + len(two.seen)
        assert handed_out == len(sent), f"{strategy.name}: {handed_out} records were handed out instead of {len(sent)}"
        later = Member(topic, topic, partition_assignment_strategy=[strategy])
        everybody.append(later)
        send(10)
        eventually(all_there, f"{strategy.name}: the later member goes on")
        later.close()
        assert len(later.seen) == 10, f"{strategy.name}: the later member read {len(later.seen)} records"
    ok(f"groups by range, roundrobin{', sticky' if NEW else ''}: join, leave, resume, each record handed out once")


def refused(wanted, what):
    try:
        what()
    except wanted:
        return
    raise AssertionError(f"no {wanted}")


def admin_surface():
    topic = f"{NAME}-admin"
    create(topic, 2)
    refused(errors.TopicAlreadyExistsError, lambda: admin.create_topics([NewTopic(topic, 1, 1)]))
    admin.create_partitions({topic: NewPartitions(3)})
    eventually(lambda: len(admin.describe_topics([topic])[0]["partitions"]) == 3, "three partitions")
    group = f"{NAME}-admin-group"
    member = Member(group, topic)
    sender = KafkaProducer(bootstrap_servers=broker)
    for n in range(10):
        sender.send(topic, str(n).encode(), partition=0)
    sender.flush(20)

    eventually(lambda: len(member.seen) == 10, "the member reads all")
    if NEW:
        assert group in {one["group_id"] for one in admin.list_groups()}, admin.list_groups()
        assert admin.describe_groups([group])
    else:
        assert group in {name for name, _ in admin.list_consumer_groups()}
        assert admin.describe_consumer_groups([group])[0].state == "Stable"
    member.close()
    offsets = admin.list_group_offsets(group) if NEW else admin.list_consumer_group_offsets(group)
    offsets = offsets.get(group, offsets)
    assert offsets[TopicPartition(topic, 0)].offset == 10, offsets
    admin.delete_groups([group]) if NEW else admin.delete_consumer_groups([group])
    assert admin.describe_cluster()
    admin.delete_topics([topic])
    eventually(lambda: topic not in admin.list_topics(), "the topic is gone")
    refused(errors.UnknownTopicOrPartitionError, lambda: admin.delete_topics([topic]))
    sender.send(f"{NAME}-made-by-use", b"x").get(30)
    ok("admin: topics, partitions, groups, offsets; a topic that comes into being by use")


def security():
    def attempt(address, authority, secret, patience):
        # 3.x tries again until the time is over, whatever the broker said.
        more = {"bootstrap_timeout_ms": patience * 1000} if NEW else {"api_version": (2, 0)}
        sender = KafkaProducer(bootstrap_servers=address, security_protocol="SASL_SSL", sasl_mechanism="PLAIN", sasl_plain_username=user,
                               sasl_plain_password=secret, ssl_cafile=authority, max_block_ms=patience * 1000, **more)
        try:
            sender.send(f"{NAME}-secure", b"x" * 1000).get(patience + 2)
        finally:
            sender.close(1)

    attempt(secure, ca_file, password, 30)
    for address, authority, secret in ((secure, ca_file, "wrong"), (secure, stranger_file, password), (secure.replace("127.0.0.1", "localhost"), ca_file, password)):
        refused(Exception, lambda: attempt(address, authority, secret, 8))
    ok("SASL over TLS: good, wrong password, wrong authority, wrong host name")


def restarts(total=6_000):
    """2.0.2 knows no idempotence: what it repeats may be there twice, but nothing may be missing."""
    topic = f"{NAME}-restarts"
    create(topic)
    member = Member(topic, topic)
    more = {"enable_idempotence": True} if NEW else {}
    sender = KafkaProducer(bootstrap_servers=broker, acks="all", retries=10_000, max_in_flight_requests_per_connection=1, linger_ms=2, retry_backoff_ms=100,
                           reconnect_backoff_max_ms=500, request_timeout_ms=60000, max_block_ms=120000, **more)
    results = []
    for n in range(total):
        results.append(sender.send(topic, str(n).encode()))
        if n % 20 == 0:
            time.sleep(0.01)
        if n in (total // 3, 2 * total // 3):
            print("@term" if n == total // 3 else "@kill", flush=True)
    # A restart that is late belongs to what was sent, not into the reading below.
    eventually(lambda: pathlib.Path(os.environ["WEIR_RESTARTS"]).read_text() == "2", "the two restarts that were asked for")
    for result in results:
        result.get(120)
    sender.close()

    eventually(lambda: len(set(member.seen)) == total, lambda: f"the group consumer has {len(set(member.seen))} of {total}")
    member.close()
    if NEW:
        assert [int(record.value) for record in read_all(topic, total)] == list(range(total))
    ok(f"broker stopped and killed while producing: {total} records, nothing lost{', once and in order' if NEW else ''}")


for check in (codecs, acks_sizes_times, groups, admin_surface, security, restarts):
    begun = time.monotonic()
    check()
    print(f"{check.__name__}: {time.monotonic() - begun:.1f} s", flush=True)
