"""Runs lanes of CI: one after the other, or side by side; keeps and prints what each said; tells in the end how it went.

A lane is a command. Exit code 0: passed; 77: it could not run here; anything else: failed. An integration lane that fails runs once more,
alone: passes it then, that is FLAKY, which is told loudly and is not a failure. Everything a lane says goes to FOLDER/NAME.log.
"""
import contextlib
import dataclasses
import os
import pathlib
import re
import signal
import subprocess
import sys
import time


@dataclasses.dataclass
class Lane:
    name: str
    command: list
    once_more: bool = False  # after a failure


@dataclasses.dataclass
class Done:
    """One run of a lane, at its end."""
    lane: Lane
    log: pathlib.Path
    code: int
    seconds: float
    cpu: float
    left_behind: list

    def verdict(self):
        return {0: "passed", 77: "SKIPPED (its reason stands above)"}.get(self.code, f"FAILED (exit code {self.code})")


class Run:
    """A lane that runs, in a session of its own: whatever it starts in that session ends with it."""

    def __init__(self, lane, log, root):
        self.lane, self.log, self.begun = lane, log, time.monotonic()
        log.parent.mkdir(parents=True, exist_ok=True)
        with open(log, "wb") as out:
            self.process = subprocess.Popen(lane.command, cwd=root, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)

    def ended(self):
        """Done, or None while it runs. Its output may still be open elsewhere: that is not waited for."""
        pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
        if pid == 0:
            return None
        self.process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - self.begun
        left_behind = session_of(self.process.pid)
        end(left_behind)
        return Done(self.lane, self.log, self.process.returncode, seconds, usage.ru_utime + usage.ru_stime, list(left_behind.values()))

    def stop(self, patience=30):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(patience)
        end(session_of(self.process.pid))


def session_of(leader):
    """The living processes of a session: {pid: "name (pid)"}."""
    found = {}
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            name, rest = re.fullmatch(r"\d+ \((.*)\) (.*)", (entry / "stat").read_text(), re.DOTALL).groups()
            state, _, _, session = rest.split()[:4]
            if int(session) == leader and state not in "ZX":
                found[int(entry.name)] = f"{name} ({entry.name})"
    return found


def end(processes, patience=5.0):
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        deadline = time.monotonic() + patience
        while any(alive(pid) for pid in processes) and time.monotonic() < deadline:
            time.sleep(0.05)


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


class Driver:
    def __init__(self, root, folder, out=sys.stdout):
        self.root, self.folder, self.out = root, folder, out
        self.report, self.failures, self.flaky, self.skipped = [], [], [], []
        self.of_lanes = 0.0

    def run(self, plan):
        """The exit code: 0 when no lane failed."""
        begun = time.monotonic()
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        interrupted = False
        try:
            for lanes in plan:
                self.run_step(lanes)
        except KeyboardInterrupt:
            interrupted = True
        self.say(f"\n######## summary: {time.monotonic() - begun:.0f} s in all, {self.of_lanes:.0f} s of lanes")
        self.say(f"{'lane':16} {'seconds':>8} {'CPU':>7}")
        for line in self.report:
            self.say(line)
        if self.skipped:
            self.say(f"\nWARNING: SKIPPED: {', '.join(self.skipped)}; this run proves less than it should.")
        if self.flaky:
            self.say(f"\nWARNING: FLAKY: {', '.join(self.flaky)}; failed, then passed. One of the two is wrong: look at both outputs in {self.folder}.")
        for text in self.failures:
            self.say(text)
        if interrupted:
            self.say("\ninterrupted: the lanes that are not named did not run")
        return 130 if interrupted else 1 if self.failures else 0

    def run_step(self, lanes):
        if len(lanes) > 1:
            self.say(f"\n######## {' and '.join(lane.name for lane in lanes)}, side by side: what they say comes when they end")
        for done in self.run_together(lanes, ""):
            again = None
            if done.code not in (0, 77) and done.lane.once_more:
                self.say(f"\n######## {done.lane.name} FAILED (exit code {done.code}); it runs once more, alone")
                (again,) = self.run_together([done.lane], ".again")
            self.judge(done, again)

    def judge(self, done, again):
        self.note(done, "" if again is None else "first time: ")
        if again is not None:
            self.note(again, "once more:  ", " = FLAKY" if again.code == 0 else "")
        if done.code == 77:
            self.skipped.append(done.lane.name)
        if again is not None and again.code == 0:
            self.flaky.append(done.lane.name)
        elif done.code not in (0, 77):
            self.failures.append(why(again if again is not None else done))

    def note(self, done, prefix, suffix=""):
        self.of_lanes += done.seconds
        left = f"; it LEFT BEHIND {', '.join(done.left_behind)}, ended now" if done.left_behind else ""
        self.report.append(f"{done.lane.name:16} {done.seconds:6.0f} s {done.cpu:5.0f} s  {prefix}{done.verdict()}{suffix}{left}")

    def run_together(self, lanes, suffix):
        """All at once; alone, a lane is heard while it speaks. Answers in the order of their ends."""
        alone = len(lanes) == 1
        running, finished = [], []
        shown = 0
        try:
            for lane in lanes:
                running.append(Run(lane, self.folder / f"{lane.name}{suffix}.log", self.root))
            if alone:
                self.say(f"\n######## {lanes[0].name}: {' '.join(map(str, lanes[0].command))}")
            while running:
                time.sleep(0.1)
                for run in list(running):
                    done = run.ended()
                    if alone:
                        shown += self.copy(run.log, shown)
                    if done is None:
                        continue
                    running.remove(run)
                    finished.append(done)
                    if not alone:
                        self.say(f"\n######## {done.lane.name}: {' '.join(map(str, done.lane.command))}")
                        self.copy(done.log, 0)
                        self.say(f"######## {done.lane.name}: {done.verdict()}, {done.seconds:.0f} s")
        finally:
            for run in running:
                run.stop()
        return finished

    def copy(self, log, begin):
        """What a log holds from `begin` on; its size."""
        with open(log, "rb") as said:
            said.seek(begin)
            fresh = said.read()
        self.out.write(fresh.decode(errors="replace"))
        self.out.flush()
        return len(fresh)

    def say(self, text):
        print(text, file=self.out, flush=True)


def why(done):
    """What shows why a lane failed, for the end of the report, where it is found even when only the end is read."""
    text = done.log.read_text(errors="replace")
    return "\n".join([f"\n######## why {done.lane.name} failed", *failed_tests(text), *text.splitlines()[-25:]])


def failed_tests(text, lines_of_each=60):
    """From the output of ctest, "7/900 Test #12: name ....***Failed" and what the test said then: its last lines tell most."""
    shown, last = [], None
    for line in text.splitlines():
        if re.match(r" *\d+/\d+ Test +#", line):
            shown += last or []
            last = None
            if "***" in line and "***Skipped" not in line:
                shown.append(line)
                last = []
        elif last is not None:
            last.append(line)
            del last[:-lines_of_each]
    return shown + (last or [])
