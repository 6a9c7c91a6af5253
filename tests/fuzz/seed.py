#!/usr/bin/env python3
"""seed.py CORPUS: first inputs for the fuzzers, one folder each, from what the tree holds."""
import pathlib
import re
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def frames():
    """The lines of golden.txt, with the two bytes in front that frame_fuzz.cpp wants."""
    description = (ROOT / "embedded/broker/wire/messages.txt").read_text()
    apis = re.findall(r"^api (\d+) (\w+) (\d+)-\d+(?: serve (\d+)\+)?", description, re.M)
    place = {name: index for index, (_, name, _, _) in enumerate(sorted(apis, key=lambda api: int(api[0])))}
    least = {name: int(serve or low) for _, name, low, serve in apis}
    for line in (ROOT / "tests/embedded/broker/wire/golden.txt").read_text().splitlines():
        name, _, version, kind, _, data = line.split(" ")
        yield bytes([place[name] | (0x80 if kind == "response" else 0), int(version) - least[name]]) + bytes.fromhex(data)


def batches():
    """One record; length and checksum are put right by the fuzzer."""
    record = b"\0\0\0\x01\x0avalue\0"
    for producer, epoch, sequence, attributes in ((-1, -1, -1, 0), (7, 0, 0, 0), (7, 3, 2**31 - 1, 8), (-1, -1, -1, 1)):
        header = struct.pack(">qiibIhiqqqhii", 0, 0, 0, 2, 0, attributes, 0, 1, 1, producer, epoch, sequence, 1)
        yield b"\3" + header + bytes([2 * len(record)]) + record
        yield b"\0" + header + record


def partition_logs():
    batch = lambda base, value: struct.pack(">qiibIhiqqqhii", base, 49 + 9 + len(value), 0, 2, 0, 0, 0, 1, 1, -1, -1, -1, 1) + bytes(
        [2 * (6 + len(value)), 0, 0, 0, 1, 2 * len(value)]) + value + bytes(3)
    for flags in range(8):
        yield bytes([flags, 0, 0]) + batch(0, b"one") + batch(1, b"twelve") + batch(2, b"x")
        yield bytes([flags, 4, len(batch(1, b"two"))]) + batch(1, b"two") + batch(0, b"one")
    for number in range(4):
        yield bytes([4, number, 20]) + bytes(20) + batch(0, b"one")


def journals():
    yield b"\1" + struct.pack(">IIQ", 3, 0x12345678, 20) + b"one"
    yield b"\1" + bytes(40)
    yield b"\0WEIRJRNL" + bytes(12)
    yield b"\2" + bytes([4, 5, 2, 1, 6, 0, 7, 2, 1, 12, 3, 20])
    yield b"\2" + bytes(range(60))


def yamls():
    for path in sorted([ROOT / "pipelines.yaml", *(ROOT / "examples").rglob("*.yaml")]):
        yield path.read_bytes()
    yield b"a: ${A:-b}\nb: [1, 2, {c: d}]\n"


def configs():
    """Two files of variables, a secret, then files of configuration."""
    head = b"BROKERS=a:9092\nexport NAME='main' # the pipeline\n\n%%%\nLANES=4\nTEXT=\"two\\nlines\"\n\n%%%\nhunter2\n\n%%%\n"
    connections = b"connections:\n  broker: { kafka: { brokers: \"${BROKERS:embedded}\", password: \"${file:secret.txt}\" } }\n"
    defaults = b"defaults:\n  pipeline: { lanes: \"${LANES}\" }\n  source: { kafka: { connection: broker } }\n  stage: { decode: { format: raw } }\n"
    pipelines = b"""pipelines:
  main: &main
    source: { kafka: { topics: [a] } }
    stages: [ decode: , route: { to: events }, persist: { on_exhausted: dlq }, ack: {} ]
    sinks: { events: { file: { path: "${TEXT}" } }, dlq: { file: {} } }
  more: { <<: *main, lanes: 2 }
"""
    yield head + connections + defaults + pipelines
    yield head + connections + b"\n%%%\n" + defaults + b"\n%%%\n" + pipelines + b"\n%%%\n" + pipelines
    yield head + pipelines


def connection_strings():
    yield b"esdb://admin:changeit@localhost:2113?tls=false&keepAliveInterval=10000"
    yield b"esdb+discover://a.example:2113,b.example:2113/?tlsVerifyCert=false&nodePreference=follower"
    yield b"kurrentdb://localhost"


def decoded():
    for line in (ROOT / "examples/domain-events/events.jsonl").read_bytes().splitlines()[:40]:
        yield line


def https():
    """The size of the pieces, then what a connection says."""
    for piece in (0, 6, 255):
        start = bytes([piece])
        yield start + b"GET /a?b=c HTTP/1.1\r\nHost: h\r\n\r\nHEAD * HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
        yield start + b"POST http://h/a HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello\r\nGET / HTTP/1.1\r\n\r\n"
        yield start + b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;a=\"b\"\r\nabc\r\n0\r\nT: x\r\n\r\nGET / HTTP/1.1\r\n\r\n"


def http_appends():
    """The Content-Type, what follows /streams/, three headers, the body."""
    identity = b"5f3c1f52-6f0b-4a0e-9a51-1f2f5f3c8a10"
    yield b"\0a%2Fb%20%C3%A9\nhappened\n" + identity + b"\n-1\n" + b'{"a": [1.50, -12345678901234567890123e+7, "\\u00e9\\"", null]}'
    yield b"\0s/incoming/" + identity + b"\nhappened\n\n7\n" + b' "text" '
    yield b"\1s\nblob\n" + identity + b"\n\n\xff\0"
    event = b'{"eventId": "' + identity + b'", "eventType": "b\\u00e9", "data": {"n": 0.00, "s": "}"} , "metadata": {"$correlationId": "c"}}'
    yield b"\2s\n\n\n-4\n[" + event + b", " + event.replace(b'"metadata": {"$correlationId": "c"}', b'"metadata": null, "other": []') + b"]"


def main(corpus):
    makers = {"frame": frames, "batch": batches, "journal": journals, "partition_log": partition_logs, "yaml": yamls, "config": configs, "connection_string": connection_strings, "decode": decoded, "http": https, "http_append": http_appends}
    for name, make in makers.items():
        folder = corpus / name
        folder.mkdir(parents=True, exist_ok=True)
        for number, data in enumerate(make()):
            (folder / f"seed-{number:04}").write_bytes(data)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: seed.py CORPUS")
    main(pathlib.Path(sys.argv[1]))
