#!/usr/bin/env python3
"""Every field of messages.txt is where franz-go's codec has it, in every version: reads golden.txt by the description alone.

A round trip through the generated code would not see two numbers of one width that changed places. In the lines "full" of golden.txt each
value tells its field's name in franz-go (golden/main.go), so here each is compared with ours. Also: faults of a description name their line.
"""
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
WIRE = HERE.parents[3] / "embedded" / "broker" / "wire"
sys.path.insert(0, str(WIRE))
sys.dont_write_bytecode = True
import generate  # noqa: E402

WIDTHS = {"i8": 1, "i16": 2, "error": 2, "i32": 4, "i64": 8}
BASES = {1: (1, 100), 2: (0x1000, 0x1000), 4: (0x20000000, 0x10000000), 8: (0x4000000000000000, 1 << 32)}

# Where our name of a field is not franz-go's, theirs.
ALIASES = {
    "assignment": {"MemberAssignment"},
    "auth_bytes": {"SASLAuthBytes"},
    "batch_index": {"RelativeOffset"},
    "broker_id": {"NodeID"},
    "broker_ids": {"Replicas"},
    "cluster_authorized_operations": {"AuthorizedOperations", "ClusterAuthorizedOperations"},
    "committed_leader_epoch": {"LeaderEpoch"},
    "committed_metadata": {"Metadata"},
    "committed_offset": {"Offset"},
    "config_source": {"Source"},
    "generation_id": {"Generation"},
    "group_id": {"Group"},
    "group_instance_id": {"InstanceID"},
    "group_state": {"State", "GroupState"},
    "id": {"TopicID"},
    "index": {"Partition"},
    "isr_nodes": {"ISR"},
    "key": {"CoordinatorKey", "Key"},
    "key_type": {"CoordinatorType"},
    "keys": {"ConfigNames"},
    "leader": {"LeaderID"},
    "leader_id": {"Leader", "LeaderID"},
    "log_append_time_ms": {"LogAppendTime"},
    "max_bytes": {"PartitionMaxBytes", "MaxBytes"},
    "mechanisms": {"SupportedMechanisms"},
    "member_metadata": {"ProtocolMetadata"},
    "message": {"ErrorMessage"},
    "metadata": {"ProtocolMetadata", "Metadata"},
    "name": {"Name", "Topic", "ResourceName"},
    "operation": {"Op"},
    "partition_index": {"Partition"},
    "protocol_data": {"Protocol"},
    "protocol_name": {"Protocol"},
    "rack_id": {"Rack"},
    "records": {"Records", "RecordBatches"},
    "replica_nodes": {"Replicas"},
    "throttle_time_ms": {"ThrottleMillis"},
    "topic_config_error_code": {"ConfigErrorCode"},
    "transactional_id": {"TransactionalID", "TransactionID"},
    "type": {"ResourceType"},
}


def fnv32a(text):
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def number(name, width, index):
    base, modulus = BASES[width]
    return base + fnv32a(name) % modulus + index


class Decoder:
    """The fields of one message of one version, as (path, type, index, value)."""

    def __init__(self, message, version, data):
        self.message, self.version, self.rest = message, version, data
        self.flexible = version >= message.flexible
        self.leaves = []

    def take(self, size):
        if size > len(self.rest):
            raise ValueError(f"{size} bytes wanted, {len(self.rest)} left")
        taken, self.rest = self.rest[:size], self.rest[size:]
        return taken

    def integer(self, size):
        return int.from_bytes(self.take(size), "big", signed=True)

    def varint(self):
        value, shift = 0, 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def count(self, width):
        return self.varint() - 1 if self.flexible else self.integer(width)

    def value(self, field, path, index):
        if field.is_struct:
            return self.struct(field.fields, path, index)
        if field.kind in WIDTHS:
            value = self.integer(WIDTHS[field.kind])
        elif field.kind == "bool":
            value = self.take(1) == b"\1"
        elif field.kind == "uuid":
            value = self.take(16)
        else:
            size = self.count(2 if field.kind == "string" else 4)
            value = None if size < 0 else self.take(size)
        self.leaves.append((path, field, index, value))

    def field(self, field, path, index):
        path = f"{path}.{field.name}"
        if not field.array:
            return self.value(field, path, index)
        for element in range(self.count(4)):
            self.value(field, path, index + element)

    def struct(self, fields, path, index):
        present = [field for field in fields if field.present[0] <= self.version <= field.present[1]]
        for field in present:
            if field.tag is None:
                self.field(field, path, index)
        if not self.flexible:
            return
        tagged = {field.tag: field for field in present if field.tag is not None}
        for _ in range(self.varint()):
            field, size = tagged.pop(self.varint()), self.varint()
            end = len(self.rest) - size
            self.field(field, path, index)
            if len(self.rest) != end:
                raise ValueError(f"{path}.{field.name}: the tagged field has another size")


def lines():
    messages = {message.name: message for message in generate.parse((WIRE / "messages.txt").read_text().splitlines())[1]}
    for line in (HERE / "golden.txt").read_text().splitlines():
        name, _, version, kind, variant, data = line.split(" ")
        message = messages[name + kind.capitalize()]
        decoder = Decoder(message, int(version), bytes.fromhex(data))
        try:
            decoder.struct(message.fields, message.name, 0)
        except (ValueError, KeyError) as fault:
            raise AssertionError(f"{message.name} {version} {variant}: {fault!r}") from fault
        yield message, int(version), variant, decoder


def camel(name):
    words = "".join(word.capitalize() for word in name.split("_"))
    for ours, theirs in (("Id", "ID"), ("Ids", "IDs"), ("Ms", "Millis")):
        if words.endswith(ours):
            return words.removesuffix(ours) + theirs
    return words


def expected(name, kind, index):
    if kind in WIDTHS:
        return number(name, WIDTHS[kind], index)
    if kind == "bool":
        return True
    if kind == "uuid":
        return bytes(byte + index for byte in (name + ".UUID.............").encode()[:16])
    return f"{name}{index}".encode()


def default_of(field):
    text = field.default or "0"
    return text == "true" if field.kind == "bool" else int(text)


# Defaults that are not franz-go's: its time-outs are advice to callers; Kafka's own auto-creation is true; an unknown watermark is -1.
OTHER_DEFAULTS = {"timeout_ms", "allow_auto_topic_creation", "high_watermark"}


class GoldenLines(unittest.TestCase):
    def test_every_field_is_in_its_place(self):
        unused = set(ALIASES)
        for message, version, variant, decoder in lines():
            self.assertEqual(decoder.rest, b"", f"{message.name} {version} {variant}: bytes left over")
            for path, field, index, value in decoder.leaves if variant == "full" else []:
                unused.discard(field.name)
                names = ALIASES.get(field.name) or {camel(field.name)}
                self.assertIn(value, [expected(name, field.kind, index) for name in names], f"{path} in version {version}")
        self.assertEqual(unused, set(), "names of no field")

    def test_defaults_are_those_of_the_protocol(self):
        for message, version, variant, decoder in lines():
            for path, field, _, value in decoder.leaves if variant == "null" else []:
                if (field.kind in WIDTHS or field.kind == "bool") and not field.array and field.name not in OTHER_DEFAULTS:
                    self.assertEqual(value, default_of(field), f"{path} in version {version}")

    def test_every_served_version_has_its_lines(self):
        wanted = {(message.name, version) for message in generate.parse((WIRE / "messages.txt").read_text().splitlines())[1]
                  for version in range(message.low, message.high + 1)}
        seen = {(message.name, version) for message, version, _, _ in lines()}
        self.assertEqual(wanted - seen, set(), "golden.txt is older than messages.txt; golden/main.go makes it anew")


class Faults(unittest.TestCase):
    def fault_of(self, text):
        with self.assertRaises(generate.Fault) as caught:
            generate.parse(text.splitlines())
        return str(caught.exception)

    def test_a_fault_names_its_line(self):
        head = "# comment\napi 1 Sample 0-3 flexible 2+\nrequest\n"
        for line, what in (
            ("  id", "a name and a type"),
            ("  id i31", "no type 'i31'"),
            ("  id i32 3to5", "no range of versions"),
            ("  id i32 ?x", "no range of versions"),
            ("  id i32 3-1", "no range of versions"),
            ("  id i32 #x", "tag"),
            ("    id i32", "indented too far"),
            ("   id i32", "two spaces"),
            ("  id i32 ?", "cannot be null"),
            ("  Id i32", "snake_case"),
            ("answer", "unknown word 'answer'"),
            ("api 2 Other", "api"),
            ("api x Other 0-1", "api"),
            ("api 2 Other 0-1 flexibel 1+", "flexibel"),
            ("api 1 Other 0-1", "twice"),
        ):
            fault = self.fault_of(head + line + "\n")
            self.assertTrue(fault.startswith("line 4: "), fault)
            self.assertIn(what, fault)

    def test_a_field_may_not_stand_twice(self):
        fault = self.fault_of("api 1 Sample 0-3\nrequest\n  id i32\n  id i64\n")
        self.assertTrue(fault.startswith("line 4: ") and "twice" in fault, fault)

    def test_a_tag_wants_a_flexible_message_and_to_be_the_only_one(self):
        fault = self.fault_of("api 1 Sample 0-3\nrequest\n  id i32 #0\n")
        self.assertTrue(fault.startswith("line 3: ") and "flexible" in fault, fault)
        fault = self.fault_of("api 1 Sample 0-3 flexible 0+\nrequest\n  a i32 #0\n  b i32 #0\n")
        self.assertTrue(fault.startswith("line 4: ") and "twice" in fault, fault)

    def test_a_request_needs_an_api_and_a_struct_needs_fields(self):
        self.assertTrue(self.fault_of("request\n").startswith("line 1: "))
        fault = self.fault_of("api 1 Sample 0-3\nrequest\n  topics []Topic\nresponse\n")
        self.assertTrue(fault.startswith("line 3: ") and "no fields" in fault, fault)

    def test_the_program_says_which_file(self):
        with tempfile.TemporaryDirectory() as folder:
            description = pathlib.Path(folder) / "bad.txt"
            description.write_text("request\n")
            done = subprocess.run([sys.executable, WIRE / "generate.py", description, "x", "generated/a.hpp", "generated/a.cpp"],
                                  capture_output=True, text=True, cwd=folder, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"{description}: line 1: ", done.stderr)
            self.assertEqual(list(pathlib.Path(folder).iterdir()), [description], "nothing is written")


if __name__ == "__main__":
    unittest.main()
