#!/usr/bin/env python3
"""make_events.py: writes events.jsonl and expected.json beside itself. The same bytes on every machine: the only randomness is seeded.

One line per Kafka record: {"topic", "key", "headers", "value"}. An object as value is sent byte for byte as it stands; null is a tombstone;
bytes that are not UTF-8 stand in value_base64. `weir feed` sends the lines in order.
"""
import base64
import collections
import datetime
import json
import pathlib
import random
import uuid

HERE = pathlib.Path(__file__).resolve().parent
RANDOM = random.Random(20260302)
START = datetime.datetime(2026, 3, 2, 8, 0, tzinfo=datetime.timezone.utc)
SYSTEMS, ROUNDS = 120, 24

TOPIC_OF = {
    "SystemRegistered": "system-events", "SystemConfigurationUpdated": "system-events", "SystemDecommissioned": "system-events",
    "SystemSecurityAlert": "security-events",
    "VulnerabilityDetected": "vulnerability-events", "VulnerabilityScanCompleted": "vulnerability-events",
    "VulnerabilityResolved": "vulnerability-events",
    "TaskCreated": "task-events", "TaskCompleted": "task-events", "HighPriorityTaskCreated": "urgent-events",
    "RelationshipEstablished": "relationship-events", "RelationshipRemoved": "relationship-events",
}
NAMES = ["Billing", "Identity", "資産管理システム", "결제 게이트웨이", "Überwachung", "Inventory", "Facturation", "Ledger 📒", "Склад", "Notifications"]
PACKAGES = [("openssl", "3.0.17"), ("log4j-core", "2.17.1"), ("nginx", "1.22.1"), ("postgresql", "15.13"), ("spring-core", "6.1.6"), ("lodash", "4.17.21")]

lines = []
clock = START
versions = collections.Counter()
resendable = []
expected = collections.Counter()
dead = collections.Counter()
streams = collections.Counter()


def new_id():
    return str(uuid.UUID(int=RANDOM.getrandbits(128), version=4))


def tick():
    global clock
    clock += datetime.timedelta(milliseconds=RANDOM.randint(1, 900))
    return clock.strftime("%Y-%m-%dT%H:%M:%S.") + f"{clock.microsecond // 1000:03d}Z"


def send(topic, key, value, headers=None):
    record = {"topic": topic, "key": key, "headers": headers or {}}
    if isinstance(value, bytes):
        record["value_base64"] = base64.b64encode(value).decode()
    else:
        record["value"] = value
    lines.append(json.dumps(record, ensure_ascii=False, separators=(",", ":")))
    expected["records"] += 1


def full_envelope(kind, aggregate_type, aggregate, data, correlation, causation):
    """What a service that keeps aggregate versions publishes."""
    body = {"eventId": new_id(), "eventType": kind, "aggregateId": aggregate, "aggregateType": aggregate_type,
            "aggregateVersion": versions[aggregate], "occurredOn": tick(), "correlationId": correlation}
    if causation:
        body["causationId"] = causation
    return {**body, "data": data}, {"content-type": "application/json", "event-type": kind, "correlation-id": correlation}


def reduced_envelope(kind, aggregate_type, aggregate, data, correlation, causation):
    """Without time and correlation: the record's time and the headers stand in."""
    tick()
    body = {"eventId": new_id(), "eventType": kind, "aggregateId": aggregate, "aggregateType": aggregate_type, "data": data}
    return body, {"content-type": "application/json", "event-type": kind, "correlation-id": correlation}


def synonym_envelope(kind, aggregate_type, aggregate, data, correlation, causation):
    """occurredAt, version and payload instead of occurredOn, aggregateVersion and data."""
    body = {"eventId": new_id(), "eventType": kind, "aggregateId": aggregate, "aggregateType": aggregate_type, "occurredAt": tick(),
            "version": versions[aggregate], "payload": data}
    return body, {"eventType": kind}


def typeless_envelope(kind, aggregate_type, aggregate, data, correlation, causation):
    """The event type stands in a header only."""
    body, headers = full_envelope(kind, aggregate_type, aggregate, data, correlation, causation)
    del body["eventType"]
    return body, headers


ENVELOPES = [full_envelope] * 6 + [reduced_envelope] * 2 + [synonym_envelope] * 2 + [typeless_envelope]


def publish(kind, aggregate_type, aggregate, data, correlation=None, causation=None):
    """A good event; returns its id."""
    versions[aggregate] += 1
    body, headers = RANDOM.choice(ENVELOPES)(kind, aggregate_type, aggregate, data, correlation or new_id(), causation)
    if RANDOM.random() < 0.05:
        body["tenant"] = RANDOM.choice(["north", "süd"])  # a member of the envelope that weir does not know, and keeps
    topic = TOPIC_OF.get(kind, "domain-events")
    send(topic, aggregate, body, headers)
    expected["good"] += 1
    streams[f"audit-{aggregate_type}" if kind.startswith("Audit") else f"{aggregate_type}-{aggregate}"] += 1
    resendable.append((topic, aggregate, body, headers))
    return body["eventId"]


def resend():
    """The producer sends what it sent before, byte for byte: just now, or long ago."""
    back = RANDOM.choice([1, 2, 10, 100, 1000])
    send(*resendable[-min(back, len(resendable))])
    expected["resent"] += 1


def break_one():
    """A record that cannot be processed; it must arrive in the dead-letter queue as it is."""
    topic, key, body, headers = RANDOM.choice(resendable[-200:])
    fresh = {**body, "eventId": new_id()}
    text = json.dumps(fresh, ensure_ascii=False, separators=(",", ":"))
    kinds = {
        "truncated JSON": lambda: text[: len(text) * 2 // 3],
        "not JSON at all": lambda: "<event><id>42</id></event>",
        "an array instead of an object": lambda: json.dumps([fresh["eventId"]]),
        "invalid UTF-8": lambda: text.encode().replace(b'"aggregateId":"', b'"aggregateId":"\xff\xfe', 1),
        "event id is an object": lambda: {**fresh, "eventId": {"$oid": fresh["eventId"][:8]}},
        "a time that is none": lambda: {**{k: v for k, v in fresh.items() if k not in ("occurredOn", "occurredAt")}, "occurredOn": "yesterday, 14:30"},
        "no event type anywhere": lambda: {k: v for k, v in fresh.items() if k != "eventType"},
        "no aggregate id and no key": lambda: {k: v for k, v in fresh.items() if k != "aggregateId"},
        "an id used again with other content": lambda: {**body, ("payload" if "payload" in body else "data"): {"note": "not what was sent first"}},
    }
    name = RANDOM.choice(list(kinds))
    if name == "no event type anywhere":
        headers = {name: value for name, value in headers.items() if name not in ("event-type", "eventType")}
    if name == "no aggregate id and no key":
        key = None  # a key would stand in for the aggregate id
    send(topic, key, kinds[name](), headers)
    dead[name] += 1


# What other producers write. Each makes the value of one record, and headers where it needs them, from a full envelope.
def with_fields(**fields):
    return lambda body: ({**body, **fields}, {})


def as_bytes(prefix=b"", suffix=b"", wrap=lambda body: body):
    return lambda body: (prefix + json.dumps(wrap(body), ensure_ascii=False).encode() + suffix, {})


def id_as(write):
    return lambda body: ({**body, "eventId": write(body["eventId"])}, {})


READ_AS_THEY_ARE = {
    "id in upper case": id_as(str.upper),
    "id in braces": id_as("{{{}}}".format),
    "id without hyphens": id_as(lambda event_id: event_id.replace("-", "")),
    "id behind urn:uuid:": id_as("urn:uuid:{}".format),
    "id that is a ULID": id_as(lambda event_id: "01HM6" + event_id.replace("-", "").upper()[:21]),
    "id that is a whole number": id_as(lambda event_id: int(event_id[:8], 16)),
    "time in seconds": with_fields(occurredOn=1772438400),
    "time in milliseconds": with_fields(occurredOn=1772438400123),
    "time in milliseconds, in quotes": with_fields(occurredOn="1772438400123"),
    "time with a blank": with_fields(occurredOn="2026-03-02 08:00:00"),
    "time without zone": with_fields(occurredOn="2026-03-02T08:00:00.5"),
    "time with an offset of four digits": with_fields(occurredOn="2026-03-02T08:00:00+0900"),
    "time with a region": with_fields(occurredOn="2026-03-02T08:00:00+01:00[Europe/Berlin]"),
    "time as a list": with_fields(occurredOn=[2026, 3, 2, 8, 0]),
    "date alone": with_fields(occurredOn="2026-03-02"),
    "version in quotes": with_fields(aggregateVersion="3"),
    "version of something else beside": with_fields(version="1.0"),
    "a row's id beside": with_fields(id=77),
    "causation id that is a number": with_fields(causationId=9007199254740993),
    "byte order mark": as_bytes(prefix=b"\xef\xbb\xbf"),
    "line ends behind": as_bytes(suffix=b"\r\n\r\n"),
}
READ_WITH_AN_OPTION = {
    "a CloudEvent (envelope: cloudevents)": lambda body: (
        {"specversion": "1.0", "id": body["aggregateId"] + "-1", "source": "/devices", "type": body["eventType"], "subject": body["aggregateId"],
         "time": body["occurredOn"], "data": body["data"]}, {}),
    "Connect's schema and payload (unwrap: connect)": lambda body: ({"schema": {"type": "struct"}, "payload": body}, {}),
    "an event in a JSON text (json_text: [value])": as_bytes(wrap=lambda body: json.dumps(body)),
    "a schema registry's prefix (framing: confluent)": as_bytes(prefix=b"\0\0\0\0\7"),
    "a header in quotes (unwrap: connect)": lambda body: (
        {name: value for name, value in body.items() if name != "eventType"}, {"event-type": json.dumps(body["eventType"])}),
}


def send_what_others_write():
    """Devices of other makers: one aggregate for each shape, one event in each."""
    ids = random.Random(39)
    for number, (name, write) in enumerate({**READ_AS_THEY_ARE, **READ_WITH_AN_OPTION}.items()):
        aggregate = f"device-{number}"
        body, headers = write({
            "eventId": str(uuid.UUID(int=ids.getrandbits(128), version=4)), "eventType": "DeviceSeen", "aggregateId": aggregate, "aggregateType": "Device",
            "occurredOn": "2026-03-02T08:00:00.000Z", "data": {"shape": name}})
        send("domain-events", aggregate, body, headers)
        if name in READ_WITH_AN_OPTION:
            dead[name] += 1
            continue
        expected["good"] += 1
        streams[f"Device-{aggregate}"] += 1
        send("domain-events", aggregate, body, headers)  # and again, as producers do
        expected["resent"] += 1


def main():
    systems = [new_id() for _ in range(SYSTEMS)]
    for system in systems:
        publish("SystemRegistered", "System", system, {
            "systemId": system, "name": f"{RANDOM.choice(NAMES)} {RANDOM.randint(1, 99)}",
            "packages": [{"name": name, "version": version} for name, version in RANDOM.sample(PACKAGES, 2)],
            "securityClassification": RANDOM.choice(["public", "internal", "confidential", "restricted"])})
    for _ in range(ROUNDS):
        for system in systems:
            chance = RANDOM.random()
            correlation = new_id()
            if chance < 0.25:
                publish("SystemConfigurationUpdated", "System", system, {
                    "systemId": system, "configuration": {"replicas": RANDOM.randint(1, 9), "region": "eu-west", "note": "再起動が必要"}}, correlation)
            elif chance < 0.45:
                found, task = new_id(), new_id()
                score = round(RANDOM.uniform(2, 10), 1)
                severity = "CRITICAL" if score >= 9 else "HIGH" if score >= 7 else "MEDIUM"
                cause = publish("VulnerabilityDetected", "Vulnerability", found, {
                    "vulnerabilityId": found, "systemId": system, "cveId": f"CVE-2026-{RANDOM.randint(1000, 49999)}", "severity": severity,
                    "cvssScore": score, "isCritical": score >= 9}, correlation)
                urgent = score >= 9
                publish("HighPriorityTaskCreated" if urgent else "TaskCreated", "Task", task, {
                    "taskId": task, "systemId": system, "taskType": "REMEDIATION", "priority": "HIGH" if urgent else "NORMAL",
                    "deadline": "2026-03-05T00:00:00.000Z"}, correlation, cause)
                if urgent:
                    publish("SystemSecurityAlert", "System", system, {"systemId": system, "severity": severity}, correlation, cause)
                if RANDOM.random() < 0.5:
                    publish("TaskCompleted", "Task", task, {"taskId": task, "completedBy": "ops@example.org"}, correlation)
                    publish("VulnerabilityResolved", "Vulnerability", found, {"vulnerabilityId": found, "resolution": "PATCHED \"4.2\"\n"}, correlation)
            elif chance < 0.52:
                relation = new_id()
                publish("RelationshipEstablished", "Relationship", relation, {"from": system, "to": RANDOM.choice(systems), "kind": "DEPENDS_ON"}, correlation)
            elif chance < 0.57:
                publish("AuditEntryRecorded", "System", system, {"actor": "zoë", "action": "login", "ip": "192.0.2.7"}, correlation)
            elif chance < 0.62:
                publish("SystemReviewed", "System", system, {"reviewer": "김민수", "passed": True}, correlation)
            if RANDOM.random() < 0.03:
                resend()
            if RANDOM.random() < 0.02:
                break_one()
            if RANDOM.random() < 0.004:
                send("system-events", system, None)
                expected["tombstones"] += 1
    send_what_others_write()
    (HERE / "events.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    summary = {"records": expected["records"], "good": expected["good"], "resent": expected["resent"], "tombstones": expected["tombstones"],
               "dead_letters": sum(dead.values()), "dead_letters_by_kind": dict(sorted(dead.items())), "streams": len(streams),
               "topics": dict(sorted(collections.Counter(json.loads(line)["topic"] for line in lines).items()))}
    assert summary["records"] == summary["good"] + summary["resent"] + summary["tombstones"] + summary["dead_letters"]
    (HERE / "expected.json").write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
