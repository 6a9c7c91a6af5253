#!/usr/bin/env python3
"""explain_summary.py SUMMARY EXPECTED [--again]: says in words what weir did with the sample events, and checks it against what they were.

--again: the same events were fed a second time: the store then answers an append of events that it knows as if it had written them. Exit code 1 when the figures are not those that the events ask for.
"""
import json
import sys


def pipeline_of(summary):
    pipelines = summary["pipelines"]
    return next(iter(pipelines.values())) if isinstance(pipelines, dict) else pipelines[0]


def main(summary_path, expected_path, again=False):
    with open(summary_path, encoding="utf-8") as file:
        did = pipeline_of(json.load(file))
    with open(expected_path, encoding="utf-8") as file:
        expected = json.load(file)
    dropped = did["dropped"]
    tombstones = dropped.get("tombstone", 0)
    # A producer's resend is caught by dedupe, or else by the store; either way it is written once.
    repeated = sum(dropped.values()) - tombstones + did["duplicates"]
    reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(dropped.items())) or "none"

    print(f"""
What happened to {did["consumed"]} records
  {did["written"]:6} events written to the event store
  {repeated:6} sent again by their producer: recognised, not written twice
  {tombstones:6} without a value (tombstones): dropped and counted
  {did["dead_lettered"]:6} that cannot be processed: on the dead-letter topic, byte for byte, with the reason
         dropped by reason: {reasons}; already in the store: {did["duplicates"]}""")
    for kind, count in expected["dead_letters_by_kind"].items():
        print(f"         {count:4} {kind}")

    wanted = {
        "consumed": (did["consumed"], expected["records"]),
        "written or sent again": (did["written"] + repeated, expected["good"] + expected["resent"]),
        "sent again": (repeated, repeated if again else expected["resent"]),
        "tombstones": (tombstones, expected["tombstones"]),
        "dead-lettered": (did["dead_lettered"], expected["dead_letters"]),
    }
    wrong = [f"{name}: {got}, expected {want}" for name, (got, want) in wanted.items() if got != want]
    print("\n" + ("NOT as the events ask for: " + "; ".join(wrong) if wrong else "Every figure is what the events ask for."))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3], again="--again" in sys.argv[3:]))
