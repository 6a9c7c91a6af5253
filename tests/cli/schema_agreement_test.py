#!/usr/bin/env python3
"""schema_agreement_test.py WEIR LINT_LINES [SEED]: the JSON Schema admits what `weir lint` admits, in thousands of made configurations.

Each option of each component is given each of many values, and made documents have several such changes. Where lint finds nothing, the
schema must admit the document. Where lint refuses it, the schema must, too, but for what a schema cannot say: those are the codes of
BEYOND, and bounds of durations and sizes. With a seed, every value stands at every place. Needs the Python package jsonschema; without it the exit code is 77, skipped.
"""
import copy
import json
import pathlib
import random
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    print("skipped: the Python package jsonschema is not there (Debian: python3-jsonschema)")
    sys.exit(77)

# What lint says that a schema cannot: it compares two places of the file, asks the environment, or reads a notation of a component's own. Neither
# does a schema tell 1.0 from 1, nor know what ${...} comes to, nor bounds of what has a unit, nor whether another file has `defaults:`.
BEYOND = {
    "bad-pattern", "bad-source", "bad-substitution", "inconsistent", "invalid-value", "no-dlq", "no-pipelines", "not-decoded", "output-is-input",
    "required-not-read", "routed-twice", "shared-group", "stage-order", "unknown-connection", "unknown-field", "unknown-property", "unknown-sink",
    "unset-variable", "wrong-connection",
}

GOOD = {
    "connections": {
        "broker": {"kafka": {
            "brokers": "k:9092", "client_id": "c", "librdkafka": {"socket.timeout.ms": 1000},
            "tls": {"enabled": True, "ca": "ca", "certificate": "c", "key": "k", "key_password": "", "verify_hostname": True},
            "sasl": {"mechanism": "PLAIN", "username": "u", "password": ""}}},
        "store": {"eventstoredb": {"url": "esdb://h:2113?tls=false"}}},
    "pipelines": {"p": {
        "enabled": True, "lanes": 1, "batch_messages": 10, "memory": "64MiB", "window": 4, "commit_interval": "1s", "drain_timeout": "5s",
        "source": {"kafka": {
            "connection": "broker", "topics": ["a"], "group": "g", "client_id": "c", "instance_id": "i", "start": "latest", "session_timeout": "30s",
            "heartbeat_interval": "3s", "librdkafka": {}}},
        "stages": [
            {"decode": {
                "format": "json", "fields": {}, "required": ["event_type"], "event_id": "any", "timezone": "UTC", "invalid_time": "keep",
                "on_bad_field": "keep", "key_format": "text", "framing": "none", "unwrap": "none", "json_text": ["data"], "tombstone": "drop",
                "max_payload": "1MiB"}},
            {"dedupe": {
                "key": "event_id", "window": "1h", "max_entries": 10, "on_conflict": "drop", "compare": "json", "ignore": ["/a"], "durable": False}},
            {"route": {"by": "event_type", "to": {"A*": "events", "default": "copies"}}},
            {"persist": {"retry": {"attempts": 3, "initial": "300ms", "multiplier": 2, "max": "1s"}, "on_exhausted": "dlq"}},
            {"ack": {}}],
        "sinks": {
            "events": {"eventstoredb": {
                "connection": "store", "stream": "{prefix}-{aggregate_id}", "prefixes": {"A": "a"}, "expected_revision": "any", "system_types": "allow",
                "shared_streams": "allow", "on_conflict": "drop", "compare": "data", "ignore": ["/a"], "streams_in_flight": 4, "max_append": "1MiB",
                "max_append_events": 10}},
            "copies": {"kafka": {"connection": "broker", "topic": "t", "key": "original", "headers": {"a": "b"}}},
            "shown": {"stdout": {"content": "record"}},
            "none": {"drop": {}},
            "dlq": {"file": {"path": "d", "sync": True}}},
        "tests": [],
    }},
    "defaults": {},
    "x-own": {"anything": [1]},
}

# Of every type and notation, right and wrong.
VALUES = [
    None, True, False, 0, 1, 2, 5, -1, 1024, 1025, 100001, 2**31, 2**32, 2**63, 2**64 - 1, 2**64, 1.5, 0.5, 100.5, -0.5, 1e300,
    "", "0", "1", "5", "-1", "true", "false", "yes", "null", "~", "text", "a b", "A", "any", "ANY", "Any", "json", "JSON", "drop", "latest", "Latest",
    "keep", "data", "text", "none", "PLAIN", "plain", "embedded", "original", "5s", "5 s", "5S", "300ms", "1h30m", "1.5h", "1.h", ".5h", "1m 30s", "5w",
    "1min", "1d", "1us", "1µs", "1ns", "-5s", "5s5", "s", "64MiB", "64 MiB", "64  MiB", "64mib", "64M", "64", "1.5GiB", "5TB", "1TiB", "5tb", "1kB", "1KB",
    "10B", "10b", "-1MiB", "MiB", "1MiB2", "${X:5}", "${X:5s}", "${X:true}", "${X:json}", "a${X:b}", "${X}", "$${X}", "$$${X:1}", "$${A}${X:5}",
    "{aggregate_id}", "{nothing}", "header:a", "/a", "^a.*", "^(", "\n", "ü", [], ["a"], ["event_id"], ["data"], ["/a"], [1], [True], [None], [[]], [{}],
    ["${X:a}"], {}, {"a": "b"}, {"a": 1}, {"a": None}, {"a": []}, {"a": {}}, {"": "b"}, {"${X}": "b"}, {"enabled": True}, {"attempts": 3},
]
# Durations and sizes within their notation, but out of bounds: a schema compares numbers only.
QUANTITIES = {"commit_interval", "drain_timeout", "heartbeat_interval", "initial", "max", "max_append", "max_payload", "memory", "session_timeout", "window"}


def places(node, path=()):
    """Every place in the document."""
    yield path
    inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in inside:
        yield from places(value, path + (key,))


def changed(document, path, value):
    document = copy.deepcopy(document)
    if not path:
        return value
    here = document
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = value
    return document


def without(document, path):
    document = copy.deepcopy(document)
    here = document
    for step in path[:-1]:
        here = here[step]
    del here[path[-1]]
    return document


def renamed(document, path, name):
    document = copy.deepcopy(document)
    here = document
    for step in path[:-1]:
        here = here[step]
    if not isinstance(here, dict):
        return document
    items = [(name if key == path[-1] else key, value) for key, value in here.items()]
    here.clear()
    here.update(items)
    return document


def shared():
    """Documents with `defaults:`, of which some have what is required, and some do not."""
    kafka = GOOD["pipelines"]["p"]["sinks"]["copies"]["kafka"]
    for kind, name, options in [
            ("sink", "kafka", kafka), ("sink", "kafka", {"connection": "broker"}), ("sink", "kafka", {}), ("sink", "kafka", None), ("sink", "kafka", []),
            ("sink", "kafka", {"conection": "broker"}), ("sink", "file", {"path": "d"}), ("sink", "nothing", {}), ("sinks", "kafka", {}),
            ("stage", "persist", {"retry": {"attempts": 3}}), ("stage", "persist", {"retry": {"attempts": 0}}), ("stage", "ack", {}), ("stage", "ack", {"a": 1}),
            ("connection", "kafka", {"client_id": "x"}), ("connection", "kafka", "k:9092"), ("source", "kafka", {"group": "g", "topics": ["a"]})]:
        document = changed(GOOD, ("defaults",), {kind: {name: options}})
        yield document
        yield without(document, ("pipelines", "p", "sinks", "copies", "kafka", "connection"))
        yield changed(document, ("pipelines", "p", "sinks", "copies", "kafka"), None)
    for settings in ({"lanes": 2}, {"lanes": "many"}, {"source": {}}, {"memory": "1GiB", "enabled": "${X:true}"}, None, [], {}):
        yield changed(GOOD, ("defaults",), {"pipeline": settings})
    for block in (None, {}, [], "text", {"sink": None}, {"sink": []}, {"pipeline": None}):
        yield changed(GOOD, ("defaults",), block)
        yield without(changed(GOOD, ("defaults",), block), ("pipelines", "p", "source", "kafka", "group"))


def documents(seed, each, combined):
    """`each` values at every place, then `combined` documents with several changes."""
    chance = random.Random(seed)
    everywhere = [path for path in places(GOOD) if path]
    yield GOOD
    yield from shared()
    for path in everywhere:
        yield without(GOOD, path)
        for name in ("other", "Other Name", "x-other", "dlq", "", "a" * 101, "${X}"):
            yield renamed(GOOD, path, name)
        for value in chance.sample(VALUES, each):
            yield changed(GOOD, path, value)
    for _ in range(combined):
        document = GOOD
        for _ in range(chance.randint(2, 4)):
            path = chance.choice([path for path in places(document) if path])
            document = without(document, path) if chance.random() < 0.2 else changed(document, path, chance.choice(VALUES))
        yield document


def is_beyond(finding, document):
    """Whether a schema cannot say it."""
    if finding["severity"] != "error" or finding["code"] in BEYOND or "came out of ${...}" in finding["text"]:
        return True
    if finding["code"] == "missing-key":  # what is required may stand under defaults, also in another file
        return isinstance(document, dict) and bool(document.get("defaults")) and isinstance(document["defaults"], dict)
    return finding["code"] == "out-of-range" and finding["path"].split(".")[-1] in QUANTITIES


def lint(lint_lines, all_documents):
    """What lint finds in each: its JSON is YAML."""
    folder = pathlib.Path(__file__).parent
    lines = "".join(json.dumps(json.dumps(document, ensure_ascii=False)) + "\n" for document in all_documents)
    run = subprocess.run([lint_lines, folder], input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in run.stdout.splitlines()]


def main():
    weir, lint_lines = sys.argv[1:3]
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    schema = json.loads(subprocess.run([weir, "lint", "--schema"], check=True, capture_output=True, text=True).stdout)
    validator = jsonschema.Draft202012Validator(schema)
    all_documents = list(documents(seed, each=len(VALUES) if len(sys.argv) > 3 else 10, combined=300))
    findings = lint(lint_lines, all_documents)
    assert len(findings) == len(all_documents), f"{len(all_documents)} documents, {len(findings)} answers"
    wrong = []
    counts = {"both admit": 0, "both refuse": 0, "beyond a schema": 0}
    for document, found in zip(all_documents, findings):
        codes = {finding["code"] for finding in found if finding["severity"] == "error"}
        errors = list(validator.iter_errors(document))
        if errors and not codes:
            wrong.append(f"the schema refuses what lint admits: {json.dumps(document)}\n  {errors[0].json_path}: {errors[0].message[:200]}")
        elif not errors and not all(is_beyond(one, document) for one in found):
            told = [f"{one['path']}: {one['text']} [{one['code']}]" for one in found if not is_beyond(one, document)]
            wrong.append(f"the schema admits what lint refuses: {json.dumps(document)}\n  {told}")
        else:
            counts["both refuse" if errors else "beyond a schema" if codes else "both admit"] += 1
    for text in wrong[:50]:
        print(text)
    print(f"{len(all_documents)} configurations, seed {seed}: {counts}, {len(wrong)} differences")
    return 1 if wrong or not all(counts.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
