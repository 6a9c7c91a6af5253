"""The long proofs: random histories and hostile bytes many times over, every fuzzer for minutes, kills in many rounds. `./dev test --long`.

The tests take their number of histories from tests/samples.hpp: the usual one, times WEIR_LONG. Nothing is repeated after a failure: what
fails once in many rounds is what these look for.
"""
import argparse
import os
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True
from driver import Driver, Lane

ROOT = pathlib.Path(__file__).resolve().parent.parent

# name: (test program, which of its tests)
HISTORIES = {
    "pipeline": ("tests/pipeline/pipeline_test", "*RunnerPropertyTest*"),
    "ledger-and-gate": ("tests/pipeline/pipeline_test", "PartitionLedgerTest.I1_Random*:OrderGateProperty.*:OrderedWritesTest.Random*"),
    "store-sink": ("tests/sinks/eventstoredb_sink_test", "EventStoreSinkTest.Random*"),
    "simulated-world": ("tests/testkit/testkit_test", "WorldTest.AllRunsOfOneCase*:WorldTest.RandomHistories*"),
    "dedupe": ("tests/stages/stages_test", "DedupeIndex.AgreesWithAMap:DedupeTest.NothingIsLostInAnyOrder*"),
    "yaml": ("tests/pipeline/config/config_test", "HostileYamlTest.Random*"),
    "broker-groups": ("tests/embedded/broker/groups/broker_groups_test", "GroupSimulationTest.*"),
    "broker-logs": ("tests/embedded/broker/storage/broker_storage_test", "*CrashPropertyTest*"),
    "broker-journal": ("tests/embedded/broker/storage/broker_storage_test", "JournalTest.PowerLossAtAnyMoment*"),
    "broker-topics": ("tests/embedded/broker/topics/broker_topics_test", "*TopicsPropertyTest*"),
    "broker-identity": ("tests/embedded/broker/broker_root_test", "Identity.NoEpochComesTwice*"),
    "broker-hostile": ("tests/embedded/broker/server/broker_server_test", "HostileTest.RandomBytes*:HostileTest.EveryApi*"),
}
KILLS = ["kill", "broker-kill", "broker-kill-main"]
# Of one proof; --times multiplies them.
HISTORIES_TIMES, FUZZ_SECONDS, KILL_ROUNDS = 200, 60, 5


def targets():
    return sorted({pathlib.Path(program).name for program, _ in HISTORIES.values()})


def history(build, name):
    program, tests = HISTORIES[name]
    command = [str(build / program), f"--gtest_filter={tests}"]
    # GoogleTest is content with no test at all.
    for part in tests.split(":"):
        listed = subprocess.run([command[0], f"--gtest_filter={part}", "--gtest_list_tests"], stdout=subprocess.PIPE, text=True, check=True)
        if not any(line.startswith("  ") for line in listed.stdout.splitlines()):
            sys.exit(f"{name}: {program} has no test {part}; mend HISTORIES in .ci/long.py")
    return Lane(name, [*command, "--gtest_brief=1"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--targets", action="store_true", help="print what has to be built, and end")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release")
    parser.add_argument("--times", type=int, default=1, help="how many times the proof (default 1)")
    parser.add_argument("--only", nargs="*", choices=[*HISTORIES, "fuzz", *KILLS], help="these only")
    options = parser.parse_args()
    if options.targets:
        print(*targets())
        return 0
    if options.times < 1:
        parser.error("--times wants a number from 1 on")
    histories_times, fuzz_seconds, rounds = (options.times * one for one in (HISTORIES_TIMES, FUZZ_SECONDS, KILL_ROUNDS))
    os.environ["WEIR_LONG"] = str(histories_times)
    wanted = options.only or [*HISTORIES, "fuzz", *KILLS]
    histories = [history(options.build, name) for name in HISTORIES if name in wanted]
    # Two at a time: a history has one thread and real time is nothing to it.
    plan = [histories[i:i + 2] for i in range(0, len(histories), 2)]
    if "fuzz" in wanted:
        plan.append([Lane("fuzz", ["./dev", "fuzz", "--seconds", str(fuzz_seconds)])])
    plan += [[Lane(f"{name}-{number}", ["./dev", "test", "--integration", name])]
             for name in KILLS if name in wanted for number in range(1, rounds + 1)]
    print(f"Random histories: {histories_times} times as many as in ./dev test; every fuzzer: {fuzz_seconds} s; each lane that kills: {rounds} rounds")
    return Driver(ROOT, ROOT / "build" / "long").run(plan)


if __name__ == "__main__":
    sys.exit(main())
