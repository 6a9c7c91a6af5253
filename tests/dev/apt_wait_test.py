#!/usr/bin/env python3
"""./dev on a machine where another apt works: it waits, says for whom, goes on, and gives up in the end.

The real apt-get works in a directory of its own, on packages without content, and its dpkg does nothing. Exit code 77: it cannot be tried here.
"""
import contextlib
import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CONFIG = """\
Dir::State "{0}";
Dir::State::lists "{0}/lists";
Dir::State::status "{0}/dpkg/status";
Dir::Cache "{0}/cache";
Dir::Log "{0}/log";
Dir::Etc "{0}/etc";
Dir::Etc::parts "{0}/etc/apt.conf.d";
Dir::Bin::dpkg "/bin/true";
APT::Sandbox::User "root";
"""
# As other apts do, it holds an fcntl lock (flock would be another kind), and says when it has it.
HOLDER = """\
import fcntl, sys, time
with open(sys.argv[1], "w") as file:
    fcntl.lockf(file, fcntl.LOCK_EX)
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


class Machine:
    """An apt and a dpkg database of its own, in which nothing is installed and everything that ./dev wants can be had."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("lists/partial", "cache/archives/partial", "dpkg", "log", "etc/apt.conf.d", "repository"):
            (folder / name).mkdir(parents=True)
        (folder / "dpkg" / "status").touch()
        (folder / "etc" / "sources.list").write_text(f"deb [trusted=yes] file:{folder}/repository ./\n")
        (folder / "apt.conf").write_text(CONFIG.format(folder))
        text = (ROOT / "dev").read_text()
        names = text[text.index("build_packages=(") + len("build_packages=("):].split(")")[0].split()
        (folder / "repository" / "empty.deb").write_text("nothing")
        (folder / "repository" / "Packages").write_text("\n".join(
            f"Package: {name}\nVersion: 1\nArchitecture: all\nDescription: nothing\nFilename: ./empty.deb\nSize: 7\nSHA256: {hashlib.sha256(b'nothing').hexdigest()}\n" for name in names))

    def deps(self, **more):
        environment = {**os.environ, "APT_CONFIG": str(self.folder / "apt.conf"), "DPKG_ADMINDIR": str(self.folder / "dpkg"), **more}
        environment.pop("WEIR_SKIP_DEPS", None)
        done = subprocess.run([ROOT / "dev", "deps"], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=90)
        return done.returncode, done.stdout

    @contextlib.contextmanager
    def held(self, lock, seconds):
        holder = subprocess.Popen([sys.executable, "-c", HOLDER, self.folder / lock, str(seconds)], stdout=subprocess.PIPE, text=True)
        try:
            assert holder.stdout.readline() == "held\n"
            yield f"{self.folder / lock}. It is held by process {holder.pid} (python3)"
        finally:
            holder.kill()
            holder.wait()


def check(condition, what, said):
    if not condition:
        sys.exit(f"apt_wait_test: {what}; it said:\n{said}")


def main():
    release = pathlib.Path("/etc/os-release").read_text() if os.path.exists("/etc/os-release") else ""
    if os.geteuid() != 0 or 'VERSION_ID="12"' not in release:
        print("apt_wait_test: SKIPPED, it needs root on Debian 12")
        sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="weir-apt-") as folder:
        machine = Machine(pathlib.Path(folder))
        for lock in ("lists/lock", "dpkg/lock-frontend", "dpkg/lock"):
            with machine.held(lock, 3) as holder:
                code, said = machine.deps()
            check(f"Waiting for another apt, at most 600 s: {holder}" in said, f"it does not say that it waits for {lock}", said)
            check(said.count("the lock is free after") == 1 and code == 0 and "All packages are there" in said, f"it does not go on after {lock}", said)
        with machine.held("dpkg/lock-frontend", 60) as holder:
            code, said = machine.deps(WEIR_APT_PATIENCE="2")
            check(code == 1 and "gave up after" in said and said.count(holder) == 2, "it does not give up", said)
        code, said = machine.deps()
        check(code == 0 and "Waiting" not in said, "it waits for nobody", said)
        (machine.folder / "repository" / "empty.deb").unlink()
        code, said = machine.deps()
        check(code == 1 and "apt-get failed; see its message above" in said and "E: " in said, "a failure of another kind is not told as it is", said)


if __name__ == "__main__":
    main()
