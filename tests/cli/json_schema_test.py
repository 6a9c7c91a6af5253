#!/usr/bin/env python3
"""json_schema_test.py WEIR: what `weir schema` prints is a JSON Schema, an editor that goes by it says the same as `weir lint`, and the
configurations of this repository are valid by it.

Needs the Python packages jsonschema and yaml (Debian: python3-jsonschema, python3-yaml); without them the exit code is 77, skipped.
"""
import copy
import json
import pathlib
import subprocess
import sys
import tempfile

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f"skipped: a Python package is not there (Debian: python3-jsonschema, python3-yaml): {missing}")
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parents[2]

GOOD = {
    "connections": {"broker": {"kafka": {"brokers": "127.0.0.1:9092"}}, "store": {"eventstoredb": "esdb://127.0.0.1:2113?tls=false"}},
    "pipelines": {"p": {
        "enabled": "${ON:true}",
        "memory": "64MiB",
        "source": {"kafka": {"connection": "broker", "topics": ["a", "^b-.*"], "group": "g"}},
        "stages": [
            {"decode": {"format": "json"}},
            {"dedupe": {"window": "1h30m"}},
            {"route": {"by": "event_type", "to": {"Audit*": "events", "default": "events"}}},
            {"persist": {"retry": {"attempts": 3, "initial": "300ms"}, "on_exhausted": "dlq"}},
            {"ack": {}}],
        "sinks": {"events": {"eventstoredb": {"connection": "store"}}, "dlq": {"file": {"path": "/tmp/dead.jsonl"}}},
    }},
}

P = "pipelines p"
# What is changed in GOOD (path, value; None = taken out), and whether that is still valid. LINT: only lint refuses it, the
# schema knows no bounds of what has a unit.
LINT = "lint"
CHANGES = [
    ("", "", True),
    *[(f"{P} memory", size, True) for size in ("1TiB", "1.5GiB", "9000kB", "9000KB", "65536KiB", "1 GiB", "2GB", "5TB", "100000000B", "${M:64MiB}")],
    *[(f"{P} memory", size, False) for size in ("5PB", "64", "64mib", "MiB", "-1MiB", "64MiBs", True)],
    *[(f"{P} stages 1 dedupe window", time, True) for time in ("5s", "1.5h", "2d", "90min", "${W:1h}")],
    *[(f"{P} stages 1 dedupe window", time, False) for time in ("5", "5 s", "soon", "5w", [])],
    (f"{P} stages 3 persist retry attempts", 0, False),
    (f"{P} memory", "900kB", LINT),
    (f"{P} stages 3 persist retry attempts", "many", False),
    (f"{P} stages 3 persist retry attempts", "${N:5}", True),
    (f"{P} stages 3 persist on_exhausted", "pause", True),
    (f"{P} stages 3 persist on_exhausted", "give up", False),
    (f"{P} stages 1 dedupe windw", "5s", False),
    (f"{P} enabled", True, True),
    (f"{P} enabled", "perhaps", False),
    (f"{P} source kafka group", None, False),
    (f"{P} source kafka topics", "a", False),
    (f"{P} source kafk", {}, False),
    (f"{P} sinks", None, False),
    (f"{P} sinks other", {"drop": {}}, True),
    (f"{P} sinks other", {"drop": {}, "stdout": {}}, False),
    ("connections broker kafka", "127.0.0.1:9092", True),
    ("connections broker kafka brokers", [1], False),
    ("pipelnes", {}, False),
]


def changed(path, value):
    document = copy.deepcopy(GOOD)
    if path:
        *way, last = path.split()
        here = document
        for step in way:
            here = here[int(step) if isinstance(here, list) else step]
        if value is None:
            del here[last]
        else:
            here[last] = value
    return document


def shipped():
    """The configurations of this repository that are good ones."""
    files = [ROOT / "pipelines.yaml", ROOT / "tests/cli/data/good.yaml", ROOT / "tests/cli/data/orders.yaml"]
    return files + [file for file in sorted((ROOT / "examples").rglob("*.yaml")) if not file.name.endswith(".test.yaml")]


def main():
    weir = sys.argv[1]
    printed = subprocess.run([weir, "schema"], check=True, capture_output=True, text=True).stdout
    schema = json.loads(printed)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    wrong = []
    if subprocess.run([weir, "lint", "--schema"], check=True, capture_output=True, text=True).stdout != printed:
        wrong.append("weir lint --schema prints another schema than weir schema")
    for file in shipped():
        for error in validator.iter_errors(yaml.safe_load(file.read_text())):
            wrong.append(f"schema, {file.relative_to(ROOT)}: {error.json_path}: {error.message}")
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "pipelines.yaml"
        for path, value, valid in CHANGES:
            document = changed(path, value)
            file.write_text(json.dumps(document))  # JSON is YAML
            lint = subprocess.run([weir, "lint", file], capture_output=True, text=True)
            name = f"{path} = {json.dumps(value)}"
            if (lint.returncode == 0) != (valid is True):
                wrong.append(f"weir lint, {name}: {'accepted' if lint.returncode == 0 else 'refused'}\n{lint.stdout}{lint.stderr}")
            if validator.is_valid(document) != (valid is not False):
                wrong.append(f"schema, {name}: {'refused' if valid else 'accepted'}")
    print("\n".join(wrong) if wrong else f"the schema and weir lint agree about {len(CHANGES)} configurations; {len(shipped())} files are valid")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
