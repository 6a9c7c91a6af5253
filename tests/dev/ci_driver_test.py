#!/usr/bin/env python3
"""The driver of CI on lanes that are not real: what passes, fails, is skipped, is flaky, leaves something behind, runs beside another."""
import io
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / ".ci"))
from driver import Driver, Lane, alive, failed_tests  # noqa: E402  (found through the path above)


def shell(name, script, once_more=False):
    return Lane(name, ["bash", "-c", script], once_more)


# Fails when it runs first, and passes from then on.
FAILS_ONCE = "if [ -f been ]; then echo better; else touch been; echo worse; exit 3; fi"


class DriverTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="weir-ci-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_plan(self, *plan):
        out = io.StringIO()
        code = Driver(self.folder, self.folder / "logs", out).run(plan)
        self.said = out.getvalue()
        _, _, self.summary = self.said.partition("######## summary")
        return code

    def log(self, name):
        return (self.folder / "logs" / f"{name}.log").read_text()

    def line_of(self, name):
        (line,) = [line for line in self.summary.splitlines() if line.startswith(name + " ")]
        return line

    def test_what_passes_is_heard_and_timed(self):
        self.assertEqual(self.run_plan([shell("good", "echo out; echo err >&2; sleep 0.3")]), 0)
        self.assertIn("######## good: bash -c", self.said)
        self.assertIn("out\nerr\n", self.said)
        self.assertRegex(self.line_of("good"), r"^good +0 s +0 s  passed$")
        self.assertRegex(self.summary, r"^: \d s in all, 0 s of lanes\n")
        self.assertEqual(self.log("good"), "out\nerr\n")

    def test_a_failure_fails_the_run_and_the_others_still_run(self):
        self.assertEqual(self.run_plan([shell("bad", "echo the reason; exit 5")], [shell("good", "true")]), 1)
        self.assertIn("FAILED (exit code 5)", self.line_of("bad"))
        self.assertIn("passed", self.line_of("good"))
        self.assertTrue(self.said.rstrip().endswith("######## why bad failed\nthe reason"), self.said)

    def test_a_lane_that_is_not_for_it_is_never_repeated(self):
        self.assertEqual(self.run_plan([shell("unit", FAILS_ONCE)]), 1)
        self.assertIn("FAILED (exit code 3)", self.line_of("unit"))
        self.assertNotIn("FLAKY", self.said)

    def test_fails_then_passes_is_flaky_and_told_loudly(self):
        self.assertEqual(self.run_plan([shell("moody", FAILS_ONCE, True)]), 0)
        first, again = [line for line in self.summary.splitlines() if line.startswith("moody ")]
        self.assertIn("first time: FAILED (exit code 3)", first)
        self.assertIn("once more:  passed = FLAKY", again)
        self.assertIn("WARNING: FLAKY: moody;", self.summary)
        self.assertIn("worse", self.said)
        self.assertIn("better", self.said)
        self.assertEqual((self.log("moody"), self.log("moody.again")), ("worse\n", "better\n"))

    def test_fails_twice_is_a_failure(self):
        self.assertEqual(self.run_plan([shell("bad", "echo $RANDOM >>runs; exit 4", True)]), 1)
        self.assertEqual(len((self.folder / "runs").read_text().splitlines()), 2)
        self.assertNotIn("FLAKY", self.said)
        self.assertIn("why bad failed", self.said)

    def test_fails_then_cannot_run_is_a_failure(self):
        self.assertEqual(self.run_plan([shell("odd", "[ -f been ] && exit 77; touch been; exit 1", True)]), 1)
        self.assertIn("why odd failed", self.said)

    def test_what_cannot_run_is_skipped_loudly_and_not_repeated(self):
        self.assertEqual(self.run_plan([shell("absent", "echo no java; echo x >>runs; exit 77", True)]), 0)
        self.assertIn("SKIPPED", self.line_of("absent"))
        self.assertIn("WARNING: SKIPPED: absent;", self.summary)
        self.assertEqual((self.folder / "runs").read_text(), "x\n")

    def test_what_a_lane_leaves_behind_is_not_waited_for_but_named_and_ended(self):
        begun = time.monotonic()
        self.assertEqual(self.run_plan([shell("untidy", "sleep 60 & echo $! >pid")]), 0)
        self.assertLess(time.monotonic() - begun, 20)
        pid = int((self.folder / "pid").read_text())
        self.assertIn(f"passed; it LEFT BEHIND sleep ({pid}), ended now", self.line_of("untidy"))
        self.assertFalse(alive(pid))

    def test_side_by_side_each_is_printed_whole(self):
        # Each waits for the other: one after the other they would never end.
        meet = "echo {0} begins; touch {0}; for i in $(seq 600); do [ -f {1} ] && break; sleep 0.1; done; [ -f {1} ] || exit 1; sleep {2}; echo {0} ends"
        self.assertEqual(self.run_plan([shell("a", meet.format("a", "b", 0.5)), shell("b", meet.format("b", "a", 0))]), 0)
        self.assertIn("a and b, side by side", self.said)
        self.assertIn("a begins\na ends\n######## a: passed", self.said)
        self.assertIn("b begins\nb ends\n######## b: passed", self.said)

    def test_one_of_two_is_repeated_alone(self):
        alone = f'[ -f been ] && [ -f busy ] && exit 9; {FAILS_ONCE}'
        self.assertEqual(self.run_plan([shell("moody", alone, True), shell("slow", "touch busy; sleep 1; rm busy", True)]), 0)
        self.assertIn("WARNING: FLAKY: moody;", self.summary)
        self.assertIn("passed", self.line_of("slow"))

    def test_a_stop_ends_the_lane_and_still_tells(self):
        program = textwrap.dedent(f"""\
            import pathlib, sys
            sys.path.insert(0, {str(ROOT / ".ci")!r})
            from driver import Driver, Lane
            folder = pathlib.Path({str(self.folder)!r})
            sys.exit(Driver(folder, folder / "logs").run([[Lane("long", ["bash", "-c", "echo $$ >pid; sleep 60"])], [Lane("next", ["true"])]]))
            """)
        driver = subprocess.Popen([sys.executable, "-B", "-c", program], stdout=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 20
        while not ((self.folder / "pid").exists() and (self.folder / "pid").read_text()):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        driver.send_signal(signal.SIGTERM)
        said, _ = driver.communicate(timeout=40)
        self.assertEqual(driver.returncode, 130, said)
        self.assertIn("interrupted", said)
        self.assertFalse(alive(int((self.folder / "pid").read_text())))

    def test_the_failed_tests_of_ctest_are_found(self):
        text = "1/3 Test #1: a ...   Passed\n2/3 Test #2: b ...***Failed\nfirst\nsecond\n3/3 Test #3: c ...***Skipped\nwhy\n\n"
        self.assertEqual(failed_tests(text), ["2/3 Test #2: b ...***Failed", "first", "second"])
        self.assertEqual(failed_tests("2/2 Test #2: b ...***Timeout\n" + "x\n" * 99)[1:], ["x"] * 60)


if __name__ == "__main__":
    os.environ.pop("BASH_ENV", None)
    unittest.main()
