"""A look at what the broker really keeps: record batches as Fetch v4 hands them out, without any client in between."""
import collections
import struct

from harness import kafka, require

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
Batch = collections.namedtuple("Batch", "base_offset codec count producer_id producer_epoch base_sequence")


def fetch(port, topic, partition, offset):
    """The bytes of some batches from `offset` on, and the high watermark."""
    body = struct.pack(">iiiib", -1, 100, 1, 32 << 20, 0) + struct.pack(">i", 1) + kafka.text(topic)
    body += struct.pack(">iiqi", 1, partition, offset, 16 << 20)
    answer = kafka.call(port, 1, 4, body)
    at = 4 + 4 + 2 + len(topic.encode()) + 4
    _, code, high_watermark, _, aborted = struct.unpack_from(">ihqqi", answer, at)
    require(code == 0, f"Fetch of {topic}/{partition} from {offset}: error {code}")
    at += 26 + 16 * max(aborted, 0)
    (size,) = struct.unpack_from(">i", answer, at)
    return answer[at + 4 : at + 4 + max(size, 0)], high_watermark


def split(records):
    """The batches of a record set; the last one may be cut off, and does not count then."""
    at = 0
    while at + 61 <= len(records):
        base, length = struct.unpack_from(">qi", records, at)
        if at + 12 + length > len(records):
            return
        (attributes,) = struct.unpack_from(">h", records, at + 21)
        producer_id, epoch, sequence, count = struct.unpack_from(">qhii", records, at + 43)
        if not attributes & 0x20:  # a control batch holds no records of anybody
            yield Batch(base, CODECS[attributes & 7], count, producer_id, epoch, sequence)
        at += 12 + length


def batches(port, topic, partition=0, offset=0):
    """All batches of one partition."""
    found = []
    while True:
        records, high_watermark = fetch(port, topic, partition, offset)
        new = list(split(records))
        found += new
        if new:
            offset = new[-1].base_offset + new[-1].count
        if offset >= high_watermark:
            return found
        require(new, f"{topic}/{partition}: nothing from {offset} although the high watermark is {high_watermark}")


def check_codec(port, topic, codec, partitions=1):
    """The data of the topic IS compressed: a client may silently send it plain when it dislikes the broker's versions.

    librdkafka sends a batch plain that would grow by compression, such as the first one with a single record.
    """
    records = collections.Counter()
    for partition in range(partitions):
        for batch in batches(port, topic, partition):
            records[batch.codec] += batch.count
    require(records[codec] > 0.8 * records.total() > 0, f"{topic} holds records with {dict(records)}, not only {codec}")


def check_idempotent(port, topic, partitions=1):
    for partition in range(partitions):
        for batch in batches(port, topic, partition):
            require(batch.producer_id >= 0, f"{topic}/{partition}: a batch of an idempotent producer has no producer id: {batch}")


def count(port, topic, partitions=1):
    return sum(batch.count for partition in range(partitions) for batch in batches(port, topic, partition))
