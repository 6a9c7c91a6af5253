#!/usr/bin/env python3
"""test_page.py WEIR PAGE: runs what stands in docs/test-a-pipeline.md. Blocks of YAML that begin with a file's name are written and tested; one that
"fails" must say what the block of text behind it says. What stands in a table is put into a test, and must be without findings."""
import pathlib
import re
import subprocess
import sys
import tempfile

HEAD = "tests:\n"
EVENT = "{ eventId: 0b0e6f9e-7a0f-4a53-9a5b-0d6b6f100001, eventType: E, aggregateType: A, aggregateId: a, data: {} }"


def run(weir, *words, cwd):
    done = subprocess.run([weir, *words], cwd=cwd, capture_output=True, text=True, timeout=50)
    return done.returncode, done.stdout + done.stderr


def blocks(page):
    return re.findall(r"```(yaml|text)\n(.*?)```", page, re.S)


def rows(page, heading):
    section = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    for line in section.split("\n"):
        match = re.match(r"\| `([^`]+)` \|", line)
        if match:
            yield match.group(1)


def test_of(name, **parts):
    said = {"in": "[]", "expect": "{ allow_other: true }", **parts}
    return "  - { name: '%s', %s }\n" % (name, ", ".join(f"{key}: {value}" for key, value in said.items()))


def from_tables(page):
    tests = []
    for row in [*rows(page, "Records"), *rows(page, "Steps")]:
        tests.append(test_of("in", **{"in": f"[ {row} ]"}))
    for row in rows(page, "Faults"):
        if row.startswith("{"):
            tests.append(test_of("fault", faults=f"[ {row} ]"))
        elif row != "slow":
            tests.append(test_of("fault", faults=f"[ {{ store: {{ do: {row} }} }} ]"))
    for row in rows(page, "Expectations"):
        tests.append(test_of("expect", expect=f"{{ {row} }}"))
    for row in rows(page, "Values"):
        if "…" not in row:
            tests.append(test_of("value", expect=f"{{ events: [ {{ data: {row} }} ] }}"))
    return tests


def main():
    weir = pathlib.Path(sys.argv[1]).resolve()
    page = pathlib.Path(sys.argv[2]).read_text(encoding="utf-8")
    failures = []
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        pairs = blocks(page)
        tested = 0
        for index, (kind, text) in enumerate(pairs):
            head = re.match(r"# ([\w.-]+)(, fails)?\n", text)
            if kind != "yaml":
                continue
            if not head:
                failures.append(f"a block of YAML names no file: {text[:60]}")
                continue
            # The name takes a line; in the reader's file it is a comment, or not there.
            (directory / head.group(1)).write_text(text[head.end():] if head.group(2) else text)
            if not head.group(1).endswith(".test.yaml"):
                continue
            tested += 1
            code, said = run(weir, "test", "orders.yaml", cwd=directory)
            if head.group(2):
                if code != 1:
                    failures.append(f"it was to fail and ended with {code}:\n{said}")
                for line in pairs[index + 1][1].strip("\n").split("\n"):
                    if line not in said:
                        failures.append(f"the page says {line!r}, weir says\n{said}")
            elif code != 0:
                failures.append(f"it was to pass and ended with {code}:\n{said}")
        (directory / "order.json").write_text("{}")
        (directory / "orders.jsonl").write_text('{"topic":"orders","value":{}}\n')
        tests = from_tables(page)
        (directory / "orders.test.yaml").write_text(HEAD + "".join(tests))
        code, said = run(weir, "lint", "--strict", "orders.yaml", cwd=directory)
        if code != 0:
            failures.append(f"lint ends with {code}:\n{said}")
        if tested < 2 or len(tests) < 55:
            failures.append(f"only {tested} blocks and {len(tests)} rows were found: has the page another form?")
    for failure in failures:
        print(failure)
    print(f"{tested} blocks, {len(tests)} rows, {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
