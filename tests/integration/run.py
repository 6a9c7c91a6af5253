#!/usr/bin/env python3
"""run.py [--weir BINARY] [LANE…]: the integration lanes, by name; without a name all of them except the quick variants.

Exit code 0: all passed. 1: a lane failed. 77: none failed, but at least one could not run here (its reason is printed).
Logs and data of a lane stay in build/integration/LANE.
"""
import argparse
import os
import pathlib
import signal
import sys
import time
import traceback

sys.dont_write_bytecode = True
import harness
sys.path.insert(1, str(harness.HERE / "broker"))
import go_lane
import java_lane
import kcat_lane
import kill_lane
import kill_test
import lanes
import leave
import mistakes
import node_lane
import python_lane

# name: (what runs, seconds it may take apart from its set-up, part of a plain run)
LANES = {
    "broker-kcat": (kcat_lane.run, 240, True),
    "broker-kafkajs": (node_lane.kafkajs, 300, True),
    "broker-nest": (node_lane.nest, 180, True),
    "broker-java-3.9": (lambda lane: java_lane.run(lane, "3.9"), 400, True),
    "broker-java-new": (lambda lane: java_lane.run(lane, "new"), 400, True),
    "broker-go": (go_lane.run, 600, True),
    "broker-python": (python_lane.run, 900, True),
    "broker-kill": (kill_lane.clients, 300, True),
    "broker-kill-main": (kill_lane.main_job, 600, True),
    "kafka": (lanes.samples_on_kafka, 300, True),
    "kill": (kill_test.run, 900, True),
    "kill-quick": (lambda lane: kill_test.run(lane, events=12_000, per_second=1_500, kills=1), 300, False),
    "leave": (leave.run, 300, True),
    "mistakes": (mistakes.run, 300, True),
    "official-node": (lanes.official_node, 600, True),
    "official-python": (lanes.official_python, 600, True),
    "proto": (lanes.proto_agreement, 300, True),
}


def too_long(number, frame):
    raise harness.Failed("the lane took longer than it may")


def run_lane(name, weir):
    """passed, FAILED or SKIPPED, with the reason."""
    function, limit, _ = LANES[name]
    print(f"--- {name} (at most {limit} s)", flush=True)
    signal.signal(signal.SIGALRM, too_long)
    try:
        with harness.Lane(name, weir) as lane:
            signal.alarm(limit)
            try:
                function(lane)
            finally:
                signal.alarm(0)
    except harness.Skip as reason:
        return "SKIPPED", str(reason)
    except harness.Failed as failure:
        return "FAILED", str(failure)
    except Exception:
        return "FAILED", traceback.format_exc()
    return "passed", ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weir", default=harness.ROOT / "build" / "release" / "weir", type=pathlib.Path, help="the binary to test")
    parser.add_argument("lane", nargs="*", help=f"one of {', '.join(LANES)}")
    options = parser.parse_args()
    unknown = [name for name in options.lane if name not in LANES]
    if unknown:
        parser.error(f"no lane {', '.join(unknown)}; there are {', '.join(LANES)}")
    if not options.weir.exists():
        sys.exit(f"{options.weir} is not there; ./dev build makes it")
    # The clients under test must reach loopback directly, whatever proxy the machine uses.
    for variable in ("no_proxy", "NO_PROXY"):
        os.environ[variable] = ",".join(filter(None, [os.environ.get(variable), "127.0.0.1,localhost"]))

    results = []
    for name in options.lane or [name for name, (_, _, plain) in LANES.items() if plain]:
        begun = time.monotonic()
        verdict, reason = run_lane(name, options.weir)
        results.append((name, verdict, time.monotonic() - begun))
        if reason:
            print(f"\n{verdict}: {name}: {reason}\n", flush=True)
    print()
    for name, verdict, seconds in results:
        print(f"{name:16} {verdict:8} {seconds:6.1f} s")
    verdicts = [verdict for _, verdict, _ in results]
    print(f"{verdicts.count('passed')} passed, {verdicts.count('FAILED')} failed, {verdicts.count('SKIPPED')} skipped")
    return 1 if "FAILED" in verdicts else 77 if "SKIPPED" in verdicts else 0


if __name__ == "__main__":
    # A TERM ends the lane the way a Ctrl-C does: with its clean-up.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
