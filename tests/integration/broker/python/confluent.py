"""confluent-kafka (the newest librdkafka) against a broker.

   confluent.py BROKER SECURE_BROKER CA_FILE STRANGER_CA_FILE USER PASSWORD

Prints `ok WHAT` for each check, and `@kill` or `@term` where it wants the broker restarted while it works.
WEIR_RESTARTS names the file that tells how many of those are done.
"""
import os
import pathlib
import sys
import time
import uuid

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import (AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions, NewTopic, OffsetSpec, ResourceType)

broker, secure, ca_file, stranger_file, user, password = sys.argv[1:]
admin = AdminClient({"bootstrap.servers": broker})


def ok(text):
    print(f"ok {text}", flush=True)


def eventually(condition, what, patience=60):
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"not within {patience} s: {what() if callable(what) else what}"


def create(topic, partitions=1, config=None):
    admin.create_topics([NewTopic(topic, partitions, 1, config=config or {})])[topic].result(20)


def producer(**settings):
    return Producer({"bootstrap.servers": broker, "reconnect.backoff.max.ms": 500, **{name.replace("_", "."): value for name, value in settings.items()}})


def consumer(group=None, **settings):
    return Consumer({"bootstrap.servers": broker, "group.id": group or str(uuid.uuid4()), "auto.offset.reset": "earliest", "session.timeout.ms": 6000,
                     "heartbeat.interval.ms": 300, "auto.commit.interval.ms": 200, "reconnect.backoff.max.ms": 500,
                     **{name.replace("_", "."): value for name, value in settings.items()}})


def delivered(error, message):
    assert error is None, f"{message.topic()}: {error}"


def read_all(topic, count):
    reader = consumer()
    reader.assign([TopicPartition(topic, 0, 0)])
    found = []

    def enough():
        found.extend(reader.consume(1000, 0.2))
        return len(found) >= count

    eventually(enough, lambda: f"{topic}: {len(found)} of {count}")
    low, high = reader.get_watermark_offsets(TopicPartition(topic, 0), 10)
    assert (low, high, len(found)) == (0, count, count), (topic, low, high, len(found))
    reader.close()
    return found


def codecs():
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        topic = f"confluent-{codec}"
        create(topic)
        sender = producer(compression_type=codec, linger_ms=20)
        for n in range(3000):
            sender.produce(topic, None if n % 7 == 0 else f"value {n} " + "abc" * (n % 50), key=None if n % 5 == 0 else f"key {n}",
                           headers=[("n", str(n)), ("none", None)], on_delivery=delivered)
        assert sender.flush(30) == 0
        for n, message in enumerate(read_all(topic, 3000)):
            assert message.offset() == n and message.headers() == [("n", str(n).encode()), ("none", None)], (topic, n, message.headers())
            assert message.value() == (None if n % 7 == 0 else (f"value {n} " + "abc" * (n % 50)).encode()), (topic, n)
            assert message.key() == (None if n % 5 == 0 else f"key {n}".encode()), (topic, n)
    ok("each codec with keys, headers, nulls, order")


def acks_and_sizes():
    create("confluent-acks")
    for n, acks in enumerate(("0", "1", "all")):
        sender = producer(acks=acks)
        sender.produce("confluent-acks", str(n))
        assert sender.flush(10) == 0
        time.sleep(0.2)  # without acknowledgement nobody knows when it is there
    assert [message.value() for message in read_all("confluent-acks", 3)] == [b"0", b"1", b"2"]
    create("confluent-idempotent")
    sender = producer(enable_idempotence=True)
    for n in range(3000):
        sender.produce("confluent-idempotent", str(n), on_delivery=delivered)
    assert sender.flush(30) == 0
    assert [int(message.value()) for message in read_all("confluent-idempotent", 3000)] == list(range(3000))
    create("confluent-large")
    errors = []
    sender = producer(message_max_bytes=5_000_000)
    sender.produce("confluent-large", b"x" * 1_048_000, on_delivery=delivered)
    assert sender.flush(20) == 0
    sender.produce("confluent-large", b"x" * 1_060_000, on_delivery=lambda error, _: errors.append(error.code()))
    assert sender.flush(20) == 0
    assert errors == [KafkaError.MSG_SIZE_TOO_LARGE], errors
    ok("acks 0, 1, all; idempotent; a message near the limit; MSG_SIZE_TOO_LARGE above it")


def times():
    create("confluent-times")
    base = int(time.time() * 1000) - 3_600_000  # older than retention.ms would be deleted
    for n in range(5):
        sender = producer()
        sender.produce("confluent-times", str(n), timestamp=base + n * 1000)
        assert sender.flush(10) == 0
    reader = consumer()
    found = [reader.offsets_for_times([TopicPartition("confluent-times", 0, base + late)], 10)[0].offset for late in (0, 1500, 9000)]
    assert found[:2] == [0, 2] and found[2] in (-1, 5), found
    reader.close()
    place = TopicPartition("confluent-times", 0)
    for spec, offset in ((OffsetSpec.earliest(), 0), (OffsetSpec.latest(), 5), (OffsetSpec.for_timestamp(base + 1), 1), (OffsetSpec.max_timestamp(), 4)):
        assert admin.list_offsets({place: spec})[place].result(10).offset == offset, spec
    ok("timestamps, offsets by time, list offsets")


class Member:
    """A member of a group; polled by turns, as there is one thread."""

    def __init__(self, group, topic, **settings):
        self.seen, self.assigned, self.revoked = [], 0, 0
        self.consumer = consumer(group, **settings)
        self.consumer.subscribe([topic], on_assign=self.on_assign, on_revoke=self.on_revoke)

    def on_assign(self, _, __):
        self.assigned += 1

    def on_revoke(self, _, __):
        self.revoked += 1

    def poll(self):
        for message in self.consumer.consume(500, 0.05):
            assert message.error() is None, message.error()
            self.seen.append(message.value())

    def close(self):
        self.consumer.close()


def groups():
    for strategy in ("range", "roundrobin", "cooperative-sticky"):
        topic = f"confluent-group-{strategy}"
        create(topic, 6)
        sender = producer()
        sent = 0

        def send(count):
            nonlocal sent
            for _ in range(count):
                sender.produce(topic, str(sent), key=str(sent), on_delivery=delivered)
                sent += 1
            assert sender.flush(20) == 0

        def all_by(*members):
            for member in members:
                member.poll()
            return len({value for member in everybody for value in member.seen}) == sent

        everybody = [Member(topic, topic, partition_assignment_strategy=strategy)]
        one = everybody[0]
        send(300)
        eventually(lambda: all_by(one), f"{strategy}: the first member reads all")
        two, three = (Member(topic, topic, partition_assignment_strategy=strategy) for _ in range(2))
        everybody += [two, three]

        def both_have_two():
            all_by(one, two, three)
            return all(len(member.consumer.assignment()) == 2 for member in everybody)

        eventually(both_have_two, lambda: f"{strategy}: {[member.consumer.assignment() for member in everybody]}")
        send(300)
        eventually(lambda: all_by(one, two, three), f"{strategy}: three read all")
        assert all(member.seen for member in everybody)
        one.close()
        send(300)
        eventually(lambda: all_by(two, three), f"{strategy}: two read all")
        two.close()
        three.close()
        handed_out = sum(len(member.seen) for member in everybody)
        assert handed_out == sent, f"{strategy}: {handed_out} records were handed out instead of {sent}"
        later = Member(topic, topic, partition_assignment_strategy=strategy)
        everybody.append(later)
        send(10)
        eventually(lambda: all_by(later) and len(later.seen) >= 10, f"{strategy}: the later member goes on")
        assert len(later.seen) == 10, f"{strategy}: the later member read {len(later.seen)} records instead of the 10 new ones"
        later.close()
    ok("groups by range, roundrobin, cooperative-sticky: join, leave, resume, each record handed out once")


def static_members():
    topic = "confluent-static"
    create(topic, 4)
    stays, goes = (Member(topic, topic, group_instance_id=name, session_timeout_ms=20000) for name in ("stays", "goes"))

    def settled(*members):
        for member in members:
            member.poll()
        return all(len(member.consumer.assignment()) == 2 for member in members)

    eventually(lambda: settled(stays, goes), "two static members have two partitions each")
    assigned, revoked = stays.assigned, stays.revoked
    goes.close()
    again = Member(topic, topic, group_instance_id="goes", session_timeout_ms=20000)
    eventually(lambda: settled(stays, again), "the static member is back")
    for _ in range(20):
        settled(stays, again)
    assert (stays.assigned, stays.revoked) == (assigned, revoked), "the other static member went through a rebalance"
    stays.close()
    again.close()
    ok("a static member comes back without a rebalance")


def refused(future, *codes):
    try:
        future.result(20)
    except KafkaException as error:
        assert error.args[0].code() in codes, error
        return
    raise AssertionError(f"not refused with {codes}")


def admin_surface():
    topic = "confluent-admin"
    create(topic, 2, {"retention.ms": "3600000"})
    refused(admin.create_topics([NewTopic(topic, 1, 1)])[topic], KafkaError.TOPIC_ALREADY_EXISTS)
    refused(admin.create_topics([NewTopic("not a name", 1, 1)])["not a name"], KafkaError.TOPIC_EXCEPTION)
    refused(admin.create_topics([NewTopic("confluent-config", 1, 1, config={"no.such": "1"})])["confluent-config"], KafkaError.INVALID_CONFIG)
    admin.create_partitions([NewPartitions(topic, 3)])[topic].result(20)
    refused(admin.create_partitions([NewPartitions(topic, 2)])[topic], KafkaError.INVALID_PARTITIONS)
    eventually(lambda: len(admin.list_topics(topic, 10).topics[topic].partitions) == 3, "three partitions")
    resource = ConfigResource(ResourceType.TOPIC, topic)

    def retention():
        return admin.describe_configs([resource])[resource].result(20)["retention.ms"].value

    assert retention() == "3600000"
    change = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[ConfigEntry("retention.ms", "7200000", incremental_operation=AlterConfigOpType.SET)])
    admin.incremental_alter_configs([change])[change].result(20)
    eventually(lambda: retention() == "7200000", "the altered setting")
    whole = ConfigResource(ResourceType.TOPIC, topic, set_config={"retention.ms": "1800000"})
    admin.alter_configs([whole])[whole].result(20)
    eventually(lambda: retention() == "1800000", "the setting altered in the old way")
    sender = producer()
    for n in range(10):
        sender.produce(topic, str(n), partition=0, on_delivery=delivered)
    assert sender.flush(20) == 0
    place = TopicPartition(topic, 0, 4)
    assert admin.delete_records([place])[place].result(20).low_watermark == 4

    group = "confluent-admin-group"
    member = Member(group, topic)

    def has_all():
        member.poll()
        return len(member.seen) >= 6

    eventually(has_all, "the member reads the 6 records that are left")
    described = admin.describe_consumer_groups([group])[group].result(20)
    assert described.state.name == "STABLE" and len(described.members) == 1, described.state
    assert group in {one.group_id for one in admin.list_consumer_groups().result(20).valid}
    refused(admin.delete_consumer_groups([group])[group], KafkaError.NON_EMPTY_GROUP)
    member.close()
    wanted = ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0, 7)])
    admin.alter_consumer_group_offsets([wanted])[group].result(20)
    asked = ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0)])
    assert admin.list_consumer_group_offsets([asked])[group].result(20).topic_partitions[0].offset == 7
    admin.delete_consumer_groups([group])[group].result(20)
    refused(admin.delete_consumer_groups([group])[group], KafkaError.GROUP_ID_NOT_FOUND)
    cluster = admin.describe_cluster().result(20)
    assert cluster.cluster_id and len(cluster.nodes) == 1, cluster
    admin.delete_topics([topic])[topic].result(20)
    refused(admin.delete_topics([topic])[topic], KafkaError.UNKNOWN_TOPIC_OR_PART)

    reader = consumer(allow_auto_create_topics=False)
    reader.subscribe(["confluent-never"])
    message = reader.poll(10)
    assert message is not None and message.error().code() == KafkaError.UNKNOWN_TOPIC_OR_PART, message and message.error()
    reader.close()
    sender.produce("confluent-made-by-use", "x", on_delivery=delivered)
    assert sender.flush(20) == 0
    names = admin.list_topics(timeout=10).topics
    assert "confluent-made-by-use" in names and "confluent-never" not in names
    ok("admin: topics, partitions, configs (both ways), records, groups, offsets, cluster; errors by name; topics by use")


def security():
    def attempt(address, authority, secret):
        said = []
        client = Producer({"bootstrap.servers": address, "security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN", "sasl.username": user,
                           "sasl.password": secret, "ssl.ca.location": authority, "error_cb": lambda error: said.append(error.str()), "log_level": 0})
        outcome = []
        client.produce("confluent-secure", b"x" * 1000, on_delivery=lambda error, _: outcome.append(error))
        deadline = time.monotonic() + 20
        while not outcome and not any("uthentication" in text or "verif" in text for text in said) and time.monotonic() < deadline:
            client.poll(0.1)
        client.purge()
        return "fine" if outcome and outcome[0] is None else " ".join(said)

    assert attempt(secure, ca_file, password) == "fine"
    assert "uthentication" in attempt(secure, ca_file, "wrong")
    assert "verif" in attempt(secure, stranger_file, password)
    assert "verif" in attempt(secure.replace("127.0.0.1", "localhost"), ca_file, password)
    ok("SASL over TLS: good, wrong password, wrong authority, wrong host name")


def restarts(total=20_000):
    topic = "confluent-restarts"
    create(topic)
    member = Member(topic, topic)
    sender = producer(enable_idempotence=True, linger_ms=2, message_timeout_ms=180000)
    for n in range(total):
        sender.produce(topic, str(n), on_delivery=delivered)
        if n % 50 == 0:
            sender.poll(0.005)
        if n % 500 == 0:
            member.poll()
        if n in (total // 3, 2 * total // 3):
            print("@term" if n == total // 3 else "@kill", flush=True)

    def restarted():
        sender.poll(0.05)
        return pathlib.Path(os.environ["WEIR_RESTARTS"]).read_text() == "2"

    # A restart that is late belongs to what was sent, not into the reading below.
    eventually(restarted, "the two restarts that were asked for")
    assert sender.flush(120) == 0
    assert [int(message.value()) for message in read_all(topic, total)] == list(range(total))

    def complete():
        member.poll()
        return len(set(member.seen)) == total

    eventually(complete, lambda: f"the group consumer has {len(set(member.seen))} of {total}")
    member.close()
    ok(f"broker stopped and killed while producing: {total} records once and in order")


for check in (codecs, acks_and_sizes, times, groups, static_members, admin_surface, security, restarts):
    begun = time.monotonic()
    check()
    print(f"{check.__name__}: {time.monotonic() - begun:.1f} s", flush=True)
