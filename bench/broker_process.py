"""The brokers that brokers.py compares, each a process of its own: started, asked whether it serves, watched through /proc, stopped."""
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "integration" / "kafka"))
import broker as kafka  # noqa: E402  (found through the path above)

TICK = os.sysconf("SC_CLK_TCK")
CPUCLOCK_SCHED = 2  # with the pid: the CPU clock of another process, as clock_getcpuclockid(3) makes it

# What Kafka ships as config/server.properties, on loopback and on ports of our choice; everything else is Kafka's default.
KAFKA_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={dir}/data
num.network.threads=3
num.io.threads=8
socket.send.buffer.bytes=102400
socket.receive.buffer.bytes=102400
socket.request.max.bytes=104857600
num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
log.retention.hours=168
log.segment.bytes=1073741824
log.retention.check.interval.ms=300000
"""
# The options that Kafka's start script passes.
KAFKA_JVM = ("-Xmx1G -Xms1G -server -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -XX:InitiatingHeapOccupancyPercent=35 "
             "-XX:+ExplicitGCInvokesConcurrent -Djava.awt.headless=true").split()


class Broker:
    """One row. start() and stop() may be repeated; the data stays until wipe()."""

    def __init__(self, name, folder):
        self.name, self.folder = name, pathlib.Path(folder)
        self.port, self.process = None, None

    def command(self):
        raise NotImplementedError

    def prepare(self):
        """What has to be done once before a start, and is not part of it."""

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def start(self, patience=90.0):
        """Starts the process; the seconds until it answered Metadata with a broker in it."""
        self.port = kafka.free_ports()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.prepare()
        with open(self.folder / "log", "ab") as log:
            started = time.monotonic()
            self.process = subprocess.Popen([str(part) for part in self.command()], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)
        while not serves(self.port):
            passed = time.monotonic() - started
            if self.process.poll() is not None or passed > patience:
                state = "no answer" if self.process.poll() is None else f"exit code {self.process.returncode}"
                end = (self.folder / "log").read_text(errors="replace")[-800:]
                self.stop()
                sys.exit(f"bench: {self.name} did not start ({state} after {passed:.1f} s): {end}")
            time.sleep(0.0005 if passed < 0.25 else 0.005)
        return time.monotonic() - started

    def stop(self):
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def wipe(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def cpu(self):
        """CPU seconds of all threads since the start, also of those that have ended: (all, in the program, in the kernel). The parts are
        known in ticks of 10 ms, the sum in nanoseconds."""
        pid = self.process.pid
        if self.process.poll() is not None:
            sys.exit(f"bench: {self.name} ended by itself: {(self.folder / 'log').read_text(errors='replace')[-800:]}")
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return time.clock_gettime(~pid << 3 | CPUCLOCK_SCHED), int(fields[11]) / TICK, int(fields[12]) / TICK

    def memory(self):
        """Resident memory in MiB: VmRSS, RssAnon (what is not mapped from a file), VmHWM (the highest VmRSS so far)."""
        lines = pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        values = dict(line.split(":", 1) for line in lines)
        return {key: int(values[name].split()[0]) / 1024 for key, name in
                (("rss_mib", "VmRSS"), ("anon_mib", "RssAnon"), ("peak_mib", "VmHWM"))}


class Weir(Broker):
    def __init__(self, name, folder, binary, fsync):
        super().__init__(name, folder)
        self.binary, self.fsync = binary, fsync

    def command(self):
        return [self.binary, "broker", "--listen", self.address, "--data-dir", self.folder / "data", "--fsync", self.fsync]


class Kafka(Broker):
    def command(self):
        return [*self.java(), "kafka.Kafka", self.folder / "server.properties"]

    def java(self):
        return ["java", *KAFKA_JVM, f"-Xlog:gc*:file={self.folder}/gc.log", f"-Dlog4j2.configurationFile={self.folder}/log4j2.properties",
                "-cp", f"{kafka.jars()}/*"]

    def prepare(self):
        (self.folder / "server.properties").write_text(
            KAFKA_PROPERTIES.format(port=self.port, controller=self.port + 1, dir=self.folder))
        (self.folder / "log4j2.properties").write_text(kafka.LOGGING)
        if not (self.folder / "data" / "meta.properties").exists():
            kafka.format_storage(["java", "-cp", f"{kafka.jars()}/*"], self.folder)

    @staticmethod
    def version():
        return next(pathlib.Path(jar).stem.removeprefix("kafka_2.13-") for jar in kafka.jars().glob("kafka_2.13-*.jar"))


def serves(port):
    """Whether Metadata v1 (no topics asked for) names a broker: before that a client cannot begin."""
    try:
        answer = kafka.call(port, 3, 1, struct.pack(">i", 0), timeout=5.0)
        return struct.unpack_from(">i", answer)[0] > 0
    except (OSError, struct.error, socket.timeout):
        return False


def delete_topic(port, name):
    """DeleteTopics v1."""
    answer = kafka.call(port, 20, 1, struct.pack(">i", 1) + kafka.text(name) + struct.pack(">i", 20000))
    (code,) = struct.unpack_from(">h", answer, 4 + 4 + 2 + len(name.encode()))
    if code not in (0, 3):
        raise RuntimeError(f"topic {name} cannot be deleted: Kafka error {code}")
