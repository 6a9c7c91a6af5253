"""What every integration lane needs: a folder of its own, servers that are gone at its end, the runtimes, and a loud way to skip."""
import contextlib
import fcntl
import json
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE / "kafka"))
import broker as kafka  # noqa: E402  (found through the path above)


class Skip(Exception):
    """The lane cannot run on this machine; the text says why."""


class Failed(Exception):
    """The lane ran and found something wrong."""


def require(condition, text):
    if not condition:
        raise Failed(text)


def log(text):
    print(f"    {text}", flush=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Lane:
    """One run of one lane: its folder under build/integration, and all it has started. A context manager: leaving it ends everything."""

    def __init__(self, name, weir):
        self.name, self.weir = name, pathlib.Path(weir).resolve()
        self.folder = ROOT / "build" / "integration" / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.at_exit = contextlib.ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.at_exit.close()

    def start(self, name, command, **options):
        """Starts a process whose output goes to NAME.log; it is ended with the lane."""
        with open(self.folder / f"{name}.log", "ab") as out:
            process = subprocess.Popen([str(part) for part in command], stdout=options.pop("stdout", out), stderr=out,
                                       stdin=subprocess.DEVNULL, **options)
        process.log = self.folder / f"{name}.log"
        self.at_exit.callback(end, process)
        return process

    def run(self, name, command, timeout, **options):
        """Runs a command to its end; a failure shows the last lines of its output."""
        process = self.start(name, command, **options)
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise Failed(f"{name}: no end within {timeout} s; {tail(process.log)}") from None
        require(code == 0, f"{name}: exit code {code}; {tail(process.log)}")

    def start_kafka(self, topics):
        """A real broker on a free port, with {topic: partitions}; its port."""
        kafka_jars()
        try:
            port = kafka.free_ports()
            folder = self.folder / "kafka"
            self.at_exit.callback(kafka.stop, folder)
            kafka.start(port, folder)
        except kafka.Unavailable as reason:
            raise Skip(str(reason)) from None
        except RuntimeError as error:
            raise Failed(str(error)) from None
        kafka.create_topics(port, topics)
        log(f"Apache Kafka on 127.0.0.1:{port}")
        return port

    def start_store(self):
        """`weir store` on a free port, ready to serve; its port."""
        port = free_port()
        process = self.start("store", [self.weir, "store", "--listen", f"127.0.0.1:{port}", "--data-dir", self.folder / "store"])
        deadline = time.monotonic() + 30
        while not healthy(port):
            require(process.poll() is None, f"weir store ended with exit code {process.returncode}; {tail(process.log)}")
            require(time.monotonic() < deadline, f"weir store is not healthy after 30 s; {tail(process.log)}")
            time.sleep(0.05)
        log(f"weir store on 127.0.0.1:{port}")
        return port


def healthy(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=2) as answer:
            return answer.status in (200, 204)
    except (urllib.error.URLError, OSError):
        return False


def end(process, patience=15):
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def tail(path, size=1500):
    with contextlib.suppress(OSError):
        return f"the end of {path}:\n{path.read_bytes()[-size:].decode(errors='replace')}"
    return f"no {path}"


def wait_for_line(process, line, beginning=None, patience=40):
    """Waits for a line of output; with a `beginning`, one that begins so will do."""
    deadline = time.monotonic() + patience
    while not any(said == line or beginning and said.startswith(beginning) for said in process.log.read_text(errors="replace").splitlines()):
        require(process.poll() is None, f"{process.log.stem} ended with exit code {process.returncode}; {tail(process.log)}")
        require(time.monotonic() < deadline, f"{process.log.stem} did not say {line!r} within {patience} s; {tail(process.log)}")
        time.sleep(0.05)


@contextlib.contextmanager
def without_the_clock():
    """Set-up does not count against the lane's time (the alarm of run.py): how long a download takes says nothing about weir. It has limits of its own."""
    left = signal.alarm(0)
    try:
        yield
    finally:
        if left > 0:
            signal.alarm(left)


def quiet(command, what, failure=Skip, timeout=900, **options):
    """Runs a set-up command, without the clock; where it fails the lane is skipped (or another `failure`), for the reason it gave."""
    try:
        with without_the_clock():
            done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                  timeout=timeout, **options)
    except subprocess.TimeoutExpired:
        raise failure(f"{what}: no end within {timeout} s") from None
    if done.returncode != 0:
        raise failure(f"{what}: {done.stdout.strip()[-1500:]}")


@contextlib.contextmanager
def set_up_once(folder):
    """What is fetched into `folder` below build/ is fetched by one lane, while others that need it wait, without the clock."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.parent / f"{folder.name}.lock", "w") as lock:
        with without_the_clock():
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def kafka_jars(*which):
    """kafka.jars(), which Maven may have to fetch: without the clock."""
    try:
        with without_the_clock():
            return kafka.jars(*which)
    except kafka.Unavailable as reason:
        raise Skip(str(reason)) from None


def node_and_packages():
    """A node of version 20 or newer and the folder with the clients of node/."""
    return node_with_packages(HERE / "node", "node")


def node_with_packages(source, name):
    """The same for another folder with package.json, package-lock.json and scripts; both below build/, fetched on first use."""
    if shutil.which("npm") is None:
        raise Skip("npm is not installed")
    folder = ROOT / "build" / f"integration-{name}"
    manifest = (source / "package.json").read_text()
    installed = folder / "installed.json"
    with set_up_once(folder):
        if not installed.exists() or installed.read_text() != manifest:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            for file in ("package.json", "package-lock.json"):
                shutil.copy(source / file, folder / file)
            log("installing the npm packages")
            quiet(["npm", "ci", "--no-audit", "--no-fund"], "npm cannot install the clients", cwd=folder)
            installed.write_text(manifest)
        for script in source.glob("*.mjs"):
            shutil.copy(script, folder / script.name)
    return node_runtime(), folder


def node_runtime():
    own = shutil.which("node")
    if own:
        version = subprocess.run([own, "--version"], capture_output=True, text=True).stdout
        if int(version.lstrip("v").split(".")[0] or 0) >= 20:
            return pathlib.Path(own)
    folder = ROOT / "build" / "integration-node-runtime"
    binary = folder / "node_modules" / "node" / "bin" / "node"
    with set_up_once(folder):
        if not binary.exists():
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "package.json").write_text(json.dumps({"name": "runtime", "private": True}))
            log("the system's node is older than 20; installing the npm package `node`")
            quiet(["npm", "install", "--no-audit", "--no-fund", "node@20"], "npm cannot install node 20", cwd=folder)
    return binary


def python_with_clients():
    """A Python with kurrentdbclient."""
    return python_with(HERE / "python" / "requirements.txt", "python")


def client_wheel():
    """The wheel of kurrentdbclient, kept with the virtual environment that has it installed."""
    folder = python_with_clients().parent.parent / "wheel"
    wanted = [line for line in (HERE / "python" / "requirements.txt").read_text().split() if line.startswith("kurrentdbclient")]
    with set_up_once(folder):
        if not list(folder.glob("kurrentdbclient-*.whl")):
            log("fetching the wheel of kurrentdbclient")
            quiet([folder.parent / "bin" / "pip", "download", "--quiet", "--no-deps", "--dest", folder, *wanted], "pip cannot fetch the wheel of kurrentdbclient")
    return next(folder.glob("kurrentdbclient-*.whl"))


def python_with(requirements, name):
    """A Python with the packages of a requirements file, in a virtual environment below build/."""
    folder = ROOT / "build" / f"integration-{name}"
    wanted = requirements.read_text()
    installed = folder / "installed.txt"
    with set_up_once(folder):
        if not installed.exists() or installed.read_text() != wanted:
            shutil.rmtree(folder, ignore_errors=True)
            log(f"installing the Python packages of {requirements.name}")
            quiet([sys.executable, "-m", "venv", folder], "python3 -m venv failed")
            quiet([folder / "bin" / "pip", "install", "--quiet", "-r", requirements], f"pip cannot install {wanted.split()[0]}")
            installed.write_text(wanted)
    return folder / "bin" / "python"
