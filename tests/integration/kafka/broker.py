"""A real Apache Kafka for tests: one KRaft node on loopback, from the jars that pom.xml names.

Needs java 17 or newer, and mvn the first time (the jars are kept in ${WEIR_KAFKA_CACHE:-~/.cache/weir-kafka}). Raises Unavailable with the
reason where the machine cannot run it.
"""
import base64
import contextlib
import hashlib
import os
import pathlib
import secrets
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller},SASL://127.0.0.1:{sasl}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},SASL://127.0.0.1:{sasl}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_PLAINTEXT
sasl.enabled.mechanisms=PLAIN
listener.name.sasl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_{user}="{password}";
log.dirs={dir}/data
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
"""

LOGGING = """\
appender.file.type=Console
appender.file.name=console
appender.file.layout.type=PatternLayout
appender.file.layout.pattern=%d %p %c{1}: %m%n
rootLogger.level=WARN
rootLogger.appenderRef.only.ref=console
"""


SASL_USER, SASL_PASSWORD = "weir", "good-password"


def sasl_port(port):
    """Where the broker on `port` wants SASL PLAIN."""
    return port + 2


class Unavailable(Exception):
    """This machine cannot run the broker; the text says why."""


def jars(pom=HERE / "pom.xml", what="broker", patience=900):
    """The folder with the jars that a pom.xml names (those of the broker by default), fetched on first use."""
    if shutil.which("java") is None:
        raise Unavailable("java is not installed (17 or newer)")
    cache = pathlib.Path(os.environ.get("WEIR_KAFKA_CACHE", "~/.cache/weir-kafka")).expanduser()
    folder = cache / f"{what}-{hashlib.sha256(pom.read_bytes()).hexdigest()[:12]}"
    if folder.is_dir():
        return folder
    if shutil.which("mvn") is None:
        raise Unavailable(f"mvn is not installed, and the {what}'s jars are not in the cache")
    cache.mkdir(parents=True, exist_ok=True)
    fetched = pathlib.Path(tempfile.mkdtemp(prefix="fetch-", dir=cache))
    command = ["mvn", "-B", "-q", "-f", str(pom), "dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={fetched}"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=patience)
    except subprocess.TimeoutExpired:
        shutil.rmtree(fetched, ignore_errors=True)
        raise Unavailable(f"Maven did not fetch the {what}'s jars within {patience} s") from None
    if done.returncode != 0:
        shutil.rmtree(fetched, ignore_errors=True)
        raise Unavailable(f"Maven could not fetch the {what}'s jars: {done.stdout.strip()[-500:]}")
    with contextlib.suppress(OSError):  # another run was faster
        fetched.rename(folder)
    return folder


def free_ports():
    """The first of three neighbouring ports nobody listens on: the broker's, its controller's, and the one with SASL."""
    for _ in range(100):
        with socket.socket() as first:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            if port >= 65534:
                continue
            with socket.socket() as second, socket.socket() as third, contextlib.suppress(OSError):
                second.bind(("127.0.0.1", port + 1))
                third.bind(("127.0.0.1", sasl_port(port)))
                return port
    raise Unavailable("no three free neighbouring ports on 127.0.0.1")


def call(port, api, version, body, timeout=30.0):
    """One request of the Kafka protocol with a classic header; the answer's bytes after the correlation id."""
    request = struct.pack(">hhih", api, version, 1, -1) + body
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        connection.sendall(struct.pack(">i", len(request)) + request)
        with connection.makefile("rb") as stream:
            (size,) = struct.unpack(">i", stream.read(4))
            return stream.read(size)[4:]


def answers(port):
    """The port opens before the broker serves: only an answer to ApiVersions counts."""
    try:
        return len(call(port, 18, 0, b"", timeout=2.0)) >= 2
    except (OSError, struct.error):
        return False


def text(value):
    data = value.encode()
    return struct.pack(">h", len(data)) + data


def create_topics(port, topics):
    """Creates {name: partitions}; a topic that is there already is left as it is."""
    body = struct.pack(">i", len(topics))
    for name, partitions in topics.items():
        body += text(name) + struct.pack(">ihii", partitions, 1, 0, 0)
    answer = call(port, 19, 2, body + struct.pack(">i?", 20000, False))
    (count,) = struct.unpack_from(">i", answer, 4)
    at = 8
    for _ in range(count):
        (size,) = struct.unpack_from(">h", answer, at)
        name = answer[at + 2 : at + 2 + size].decode()
        code, message = struct.unpack_from(">hh", answer, at + 2 + size)
        at += 6 + size + max(message, 0)
        if code not in (0, 36):
            raise RuntimeError(f"topic {name}: Kafka error {code}")
    # Created is not yet led: wait until every partition answers.
    deadline = time.monotonic() + 20
    for name, partitions in topics.items():
        while True:
            try:
                ends(port, name, partitions)
                break
            except RuntimeError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)


def pid_in(folder):
    """The pid of the broker that runs in the folder, or None. A number that another process has by now does not count."""
    with contextlib.suppress(OSError, ValueError):
        pid = int((folder / "pid").read_text())
        if f"kafka.Kafka\0{folder}/server.properties" in pathlib.Path(f"/proc/{pid}/cmdline").read_text():
            return pid
    return None


def format_storage(java, folder):
    # A cluster id is 16 random bytes in base64url; it must not look like an option.
    cluster = base64.urlsafe_b64encode(b"\0" + secrets.token_bytes(15)).decode().rstrip("=")
    done = subprocess.run(
        [*java, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(folder / "server.properties")],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"Kafka could not format its storage: {done.stdout[-800:]}")


def start(port, folder, patience=90.0):
    """Starts the broker on `port` (its controller takes the next one), with its data in `folder`. Running already = nothing to do."""
    folder = pathlib.Path(folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if pid_in(folder) is not None:
        if not answers(port):
            raise RuntimeError(f"a broker runs in {folder}, but not on port {port}")
        return
    if answers(port):
        raise RuntimeError(f"something else answers on port {port}")
    heap = os.environ.get("KAFKA_HEAP", "768m")
    (folder / "server.properties").write_text(PROPERTIES.format(
        port=port, controller=port + 1, sasl=sasl_port(port), user=SASL_USER, password=SASL_PASSWORD, dir=folder))
    (folder / "log4j2.properties").write_text(LOGGING)
    java = ["java", f"-Xms{heap}", f"-Xmx{heap}", "-XX:+UseG1GC", f"-Dlog4j2.configurationFile={folder}/log4j2.properties", "-cp", f"{jars()}/*"]
    if not (folder / "data" / "meta.properties").exists():
        format_storage(java, folder)
    with open(folder / "kafka.log", "ab") as log:
        # A session of its own: a Ctrl-C meant for the test must not end the broker before the test has cleaned up.
        broker = subprocess.Popen([*java, "kafka.Kafka", f"{folder}/server.properties"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                  start_new_session=True)
    (folder / "pid").write_text(str(broker.pid))
    deadline = time.monotonic() + patience
    while not answers(port):
        if broker.poll() is not None:
            raise RuntimeError(f"the broker ended at once: {(folder / 'kafka.log').read_text()[-800:]}")
        if time.monotonic() > deadline:
            stop(folder)
            raise RuntimeError(f"no answer on port {port} within {patience:.0f} s; see {folder}/kafka.log")
        time.sleep(0.1)


def stop(folder):
    """Stops the broker that runs in the folder, if any; its data stays."""
    folder = pathlib.Path(folder).resolve()
    for number, patience in ((signal.SIGTERM, 30.0), (signal.SIGKILL, 5.0)):
        pid = pid_in(folder)
        if pid is None:
            break
        os.kill(pid, number)
        deadline = time.monotonic() + patience
        while pid_in(folder) is not None and time.monotonic() < deadline:
            with contextlib.suppress(ChildProcessError):  # it may or may not be our own child
                os.waitpid(pid, os.WNOHANG)
            time.sleep(0.05)
    (folder / "pid").unlink(missing_ok=True)


def committed(port, group, topic, partitions):
    """The group's committed offset of each partition (-1 = none yet). OffsetFetch v1."""
    body = text(group) + struct.pack(">i", 1) + text(topic) + struct.pack(">i", partitions) + struct.pack(f">{partitions}i", *range(partitions))
    answer = call(port, 9, 1, body)
    at = 4 + 2 + len(topic.encode()) + 4
    offsets = {}
    for _ in range(partitions):
        partition, offset, metadata = struct.unpack_from(">iqh", answer, at)
        at += 14 + max(metadata, 0)
        (code,) = struct.unpack_from(">h", answer, at)
        at += 2
        # 15 and 16: the group's coordinator is not known yet, as before the first member.
        offsets[partition] = offset if code == 0 else -1
    return offsets


def ends(port, topic, partitions):
    """The end offset of each partition. ListOffsets v1."""
    body = struct.pack(">ii", -1, 1) + text(topic) + struct.pack(">i", partitions)
    for partition in range(partitions):
        body += struct.pack(">iq", partition, -1)
    answer = call(port, 2, 1, body)
    at = 4 + 2 + len(topic.encode()) + 4
    offsets = {}
    for _ in range(partitions):
        partition, code, _, offset = struct.unpack_from(">ihqq", answer, at)
        at += 22
        if code != 0:
            raise RuntimeError(f"end of {topic}/{partition}: Kafka error {code}")
        offsets[partition] = offset
    return offsets
