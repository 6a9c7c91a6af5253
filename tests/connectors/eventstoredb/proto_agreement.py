#!/usr/bin/env python3
"""Do our .proto files agree with the official Python client's descriptors?

    proto_agreement.py WHEEL [--protoc PROTOC] [--source-dir DIR]

WHEEL is a kurrentdbclient wheel of 1.3 or later (pip download kurrentdbclient --no-deps), or a folder it was unpacked into. Compared are
messages, fields (name, number, type, cardinality, oneof, map), enums and their values, services and methods (types, streaming), in both
directions for every message the wheel has; what only we have is printed, and is no error, when it is newer than the wheel (EXPECTED_EXTRA).

Exit: 0 they agree, 1 they do not, 2 wrong usage, 77 there is no wheel (skipped).
"""
import argparse
import ast
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

FILES = ["code", "gossip", "persistent_subscriptions", "server_features", "shared", "status", "streams"]
WHEEL_FILES = ["code", "gossip", "persistent", "shared", "status", "streams"]
# Types that the wheel keeps in packages of its own.
RENAMED_PACKAGES = {"kurrentdbclient.status": "google.rpc"}
EXPECTED_EXTRA = (
    "event_store.client.server_features.",  # the Python client does not ask for features
    "event_store.client.MaximumAppendEventSizeExceeded",
)
TYPES = {1: "double", 2: "float", 3: "int64", 4: "uint64", 5: "int32", 6: "fixed64", 7: "fixed32", 8: "bool", 9: "string",
         11: "message", 12: "bytes", 13: "uint32", 14: "enum", 15: "sfixed32", 16: "sfixed64", 17: "sint32", 18: "sint64"}


def parse(data):
    """The fields of one message in wire format: {number: [values]}."""
    fields, at = {}, 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        key = varint()
        kind = key & 7
        if kind == 0:
            value = varint()
        elif kind == 2:
            size = varint()
            value = data[at:at + size]
            at += size
        else:
            size = {1: 8, 5: 4}[kind]
            value = data[at:at + size]
            at += size
        fields.setdefault(key >> 3, []).append(value)
    return fields


def text(fields, number):
    return fields[number][0].decode() if number in fields else ""


def one(fields, number):
    return fields[number][0] if number in fields else 0


def renamed(name):
    for old, new in RENAMED_PACKAGES.items():
        if name == old or name.startswith(old + "."):
            return new + name[len(old):]
    return name


def describe_message(scope, data, out):
    fields = parse(data)
    name = scope + "." + text(fields, 1)
    oneofs = [text(parse(o), 1) for o in fields.get(8, [])]
    entry = "map" if 7 in fields and one(parse(fields[7][0]), 7) else "message"
    out[name] = entry
    for raw in fields.get(2, []):
        field = parse(raw)
        kind = TYPES[one(field, 5)]
        if 6 in field:
            kind += " " + renamed(text(field, 6).lstrip("."))
        parts = ["repeated" if one(field, 4) == 3 else "single", kind, "= %d" % one(field, 3)]
        if one(field, 17):
            parts.append("optional")
        elif 9 in field:
            parts.append("oneof " + oneofs[one(field, 9)])
        out[name + "." + text(field, 1)] = " ".join(parts)
    for raw in fields.get(3, []):
        describe_message(name, raw, out)
    for raw in fields.get(4, []):
        describe_enum(name, raw, out)


def describe_enum(scope, data, out):
    fields = parse(data)
    name = scope + "." + text(fields, 1)
    out[name] = "enum"
    for raw in fields.get(2, []):
        value = parse(raw)
        out[name + "." + text(value, 1)] = "value %d" % one(value, 2)


def describe_file(data, out):
    fields = parse(data)
    package = renamed(text(fields, 2))
    for raw in fields.get(4, []):
        describe_message(package, raw, out)
    for raw in fields.get(5, []):
        describe_enum(package, raw, out)
    for raw in fields.get(6, []):
        service = parse(raw)
        name = package + "." + text(service, 1)
        out[name] = "service"
        for raw_method in service.get(2, []):
            method = parse(raw_method)
            ends = ["%s%s" % ("stream " if one(method, stream) else "", renamed(text(method, kind).lstrip(".")))
                    for kind, stream in ((2, 5), (3, 6))]
            out[name + "." + text(method, 1)] = "rpc " + " -> ".join(ends)


def ours(source_dir, protoc):
    out = {}
    with tempfile.TemporaryDirectory() as folder:
        descriptors = pathlib.Path(folder) / "ours.bin"
        subprocess.run([protoc, f"--proto_path={source_dir}", f"--descriptor_set_out={descriptors}"]
                       + [f"proto/{name}.proto" for name in FILES], check=True, cwd=source_dir)
        for raw in parse(descriptors.read_bytes()).get(1, []):
            describe_file(raw, out)
    return out


def generated_modules(wheel):
    """The generated Python modules of the protocol's first version: {file name: text}."""
    wanted = {name + "_pb2.py" for name in WHEEL_FILES}
    found = {}

    def consider(path, read):
        name = path.rsplit("/", 1)[-1]
        if name in wanted and "/v2/" not in path:
            found[path] = read()

    if wheel.is_dir():
        for path in wheel.rglob("*_pb2.py"):
            consider(path.as_posix(), path.read_text)
    else:
        with zipfile.ZipFile(wheel) as archive:
            for path in archive.namelist():
                consider(path, lambda path=path: archive.read(path).decode())
    return found


def theirs(wheel):
    out = {}
    modules = generated_modules(wheel)
    seen = {path.rsplit("/", 1)[-1] for path in modules}
    missing = {name + "_pb2.py" for name in WHEEL_FILES} - seen
    if missing:
        sys.exit(f"proto_agreement: {wheel} holds no {', '.join(sorted(missing))}: not a client's wheel?")
    for path, source in modules.items():
        literal = re.search(r"AddSerializedFile\(\s*(b(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"))\s*\)", source, re.S)
        if literal is None:
            sys.exit(f"proto_agreement: no descriptor in {path}")
        describe_file(ast.literal_eval(literal.group(1)), out)
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", nargs="?", type=pathlib.Path)
    parser.add_argument("--protoc", default="protoc")
    parser.add_argument("--source-dir", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[3])
    arguments = parser.parse_args()
    if arguments.wheel is None or not arguments.wheel.exists():
        print("SKIPPED: proto_agreement compared NOTHING: there is no wheel; get one with `pip download kurrentdbclient --no-deps` and "
              "give its path", file=sys.stderr)
        return 77
    mine, other = ours(arguments.source_dir.resolve(), arguments.protoc), theirs(arguments.wheel)
    wrong = []
    for name in sorted(set(mine) | set(other)):
        if name not in mine:
            wrong.append(f"{name}: missing here; there it is: {other[name]}")
        elif name not in other:
            if name.startswith(EXPECTED_EXTRA):
                print(f"only here, as expected: {name}")
            else:
                wrong.append(f"{name}: only here: {mine[name]}")
        elif mine[name] != other[name]:
            wrong.append(f"{name}: here '{mine[name]}', there '{other[name]}'")
    for line in wrong:
        print("DISAGREE " + line)
    print(f"{len(other)} names compared, {len(wrong)} disagreements")
    return 1 if wrong or not other else 0


if __name__ == "__main__":
    sys.exit(main())
