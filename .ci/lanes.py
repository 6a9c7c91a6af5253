"""The lanes of CI, in their order; driver.py runs them. Fails when one fails; a lane that was skipped or flaky is reported, loudly."""
import argparse
import pathlib
import sys

sys.dont_write_bytecode = True
from driver import Driver, Lane

ROOT = pathlib.Path(__file__).resolve().parent.parent


def dev(name, *arguments):
    return Lane(name, ["./dev", *arguments])


def integration(name):
    """Against programs of other people, in real time: the one kind of lane that may run once more."""
    return Lane(name, ["./dev", "test", "--integration", name], once_more=True)


# Lanes of one line run side by side: each needs half of two processors at most, and passes on a machine that is busy with other things.
# The lanes that kill, those that look at how long something takes and those that fill the machine run alone.
PLAN = [
    [dev("unit", "test")],
    [dev("run-once", "run", "--once")],
    [dev("asan", "test", "--asan")],
    [dev("fuzz", "fuzz", "--seconds", "5")],  # in the build of asan
    [dev("lint", "lint", "--headers")],  # there, too
    [dev("tsan", "test", "--tsan")],
    [integration("kafka")],
    [integration("kill")],
    [integration("mistakes"), integration("official-python")],
    [integration("official-node")],
    [integration("proto")],
    [integration("broker-kcat"), integration("broker-java-3.9")],
    [integration("broker-kafkajs"), integration("broker-nest")],
    [integration("broker-python"), integration("broker-java-new")],
    [integration("broker-go")],
    [integration("broker-kill")],
    [integration("broker-kill-main")],
]


def main():
    known = [lane.name for lanes in PLAN for lane in lanes]
    parser = argparse.ArgumentParser(prog=".ci/run", description=__doc__)
    parser.add_argument("lane", nargs="*", help=f"only these; there are {', '.join(known)}")
    wanted = parser.parse_args().lane or known
    unknown = [name for name in wanted if name not in known]
    if unknown:
        parser.error(f"no lane {', '.join(unknown)}; there are {', '.join(known)}")
    plan = [[lane for lane in lanes if lane.name in wanted] for lanes in PLAN]
    return Driver(ROOT, ROOT / "build" / "ci").run(plan)


if __name__ == "__main__":
    sys.exit(main())
