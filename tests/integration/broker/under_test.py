"""The broker that the lanes talk to: `weir broker`, or with WEIR_TEST_BROKER=kafka a real Apache Kafka.

The second tells a wrong test from a wrong broker: a lane has to pass on Kafka before its word counts against weir.
"""
import contextlib
import os
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import time

from harness import Failed, Skip, free_port, kafka, kafka_jars, log, require, tail

ON_KAFKA = os.environ.get("WEIR_TEST_BROKER", "weir") == "kafka"
USER, PASSWORD = "alice", "wonder land, 1865"

KAFKA_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=CLIENT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller},INTERNAL://127.0.0.1:{internal}
advertised.listeners=CLIENT://127.0.0.1:{port},INTERNAL://127.0.0.1:{internal}
controller.listener.names=CONTROLLER
inter.broker.listener.name=INTERNAL
listener.security.protocol.map=CLIENT:{protocol},CONTROLLER:PLAINTEXT,INTERNAL:PLAINTEXT
sasl.enabled.mechanisms=PLAIN
log.dirs={dir}/data
num.partitions={partitions}
auto.create.topics.enable=true
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
"""


class Broker:
    """One broker with one listener; `users` turns SASL PLAIN on, `tls` (a Certificates) TLS. Ends with the lane."""

    def __init__(self, lane, name="broker", users=None, tls=None, partitions=1):
        self.lane, self.name, self.users, self.tls, self.partitions = lane, name, users or {}, tls, partitions
        self.folder = lane.folder / name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = kafka.free_ports() if ON_KAFKA else free_port()
        self.process = None
        self.start()
        log(f"{'Apache Kafka' if ON_KAFKA else 'weir broker'} on {self.address}{self.security()}")

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def security(self):
        return {"PLAINTEXT": "", "SASL_PLAINTEXT": " with SASL", "SSL": " with TLS", "SASL_SSL": " with SASL and TLS"}[self.protocol()]

    def protocol(self):
        return ("SASL_" if self.users else "") + ("SSL" if self.tls else "PLAINTEXT" if self.users else "") or "PLAINTEXT"

    def start(self, patience=60):
        command = self.kafka_command() if ON_KAFKA else self.weir_command()
        self.process = self.lane.start(self.name, command)
        deadline = time.monotonic() + patience
        while not self.answers():
            require(self.process.poll() is None, f"the broker ended with exit code {self.process.returncode}; {tail(self.process.log)}")
            require(time.monotonic() < deadline, f"the broker does not answer after {patience} s; {tail(self.process.log)}")
            time.sleep(0.02)

    def weir_command(self):
        command = [self.lane.weir, "broker", "--listen", self.address, "--data-dir", self.folder / "data", "--partitions", self.partitions]
        for user, password in self.users.items():
            command += ["--user", f"{user}:{password}"]
        if self.tls:
            command += ["--tls-cert", self.tls.certificate, "--tls-key", self.tls.key]
        return command

    def kafka_command(self):
        properties = KAFKA_PROPERTIES.format(port=self.port, controller=self.port + 1, internal=self.port + 2, protocol=self.protocol(),
                                             partitions=self.partitions, dir=self.folder)
        if self.users:
            users = " ".join(f'user_{user}="{password}"' for user, password in self.users.items())
            properties += ("listener.name.client.plain.sasl.jaas.config="
                           f"org.apache.kafka.common.security.plain.PlainLoginModule required {users};\n")
        if self.tls:
            properties += f"ssl.keystore.type=PEM\nssl.keystore.location={self.tls.chain_with_key}\n"
        (self.folder / "server.properties").write_text(properties)
        (self.folder / "log4j2.properties").write_text(kafka.LOGGING)
        java = ["java", "-Xms512m", "-Xmx512m", f"-Dlog4j2.configurationFile={self.folder}/log4j2.properties", "-cp", f"{kafka_jars()}/*"]
        if not (self.folder / "data" / "meta.properties").exists():
            kafka.format_storage(java, self.folder)
        return [*java, "kafka.Kafka", self.folder / "server.properties"]

    def answers(self):
        """Whether it answers ApiVersions; the port may be open before that."""
        request = struct.pack(">hhih", 18, 0, 1, -1)
        with contextlib.suppress(OSError, struct.error):
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as plain, contextlib.ExitStack() as stack:
                connection = plain
                if self.tls:
                    connection = stack.enter_context(ssl.create_default_context(cafile=self.tls.authority).wrap_socket(plain, server_hostname="127.0.0.1"))
                connection.sendall(struct.pack(">i", len(request)) + request)
                return len(connection.recv(8)) > 0
        return False

    def stop(self):
        """SIGTERM: an end in good order."""
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(60)
        except subprocess.TimeoutExpired:
            raise Failed(f"the broker does not end 60 s after SIGTERM; {tail(self.process.log)}") from None
        # A JVM that ends by the signal says 143.
        require(code == (143 if ON_KAFKA else 0), f"exit code {code} after SIGTERM; {tail(self.process.log)}")

    def kill(self):
        """SIGKILL."""
        require(self.process.poll() is None, f"the broker ended by itself with exit code {self.process.returncode}; {tail(self.process.log)}")
        self.process.kill()
        self.process.wait()

    def restart(self, how):
        """`how`: "term" or "kill"; answers the seconds it was away."""
        begun = time.monotonic()
        self.kill() if how == "kill" else self.stop()
        self.start()
        return time.monotonic() - begun


class Certificates:
    """An authority of our own and a server certificate for 127.0.0.1 (and not for localhost), made with openssl."""

    def __init__(self, lane, folder="tls"):
        if shutil.which("openssl") is None:
            raise Skip("openssl is not installed")
        self.folder = lane.folder / folder
        self.folder.mkdir()
        self.authority, self.certificate, self.key = self.folder / "ca.pem", self.folder / "server.pem", self.folder / "server.key"
        self.chain_with_key, self.stranger = self.folder / "server-with-key.pem", self.folder / "stranger.pem"
        for authority, key in ((self.authority, "ca.key"), (self.stranger, "stranger.key")):
            self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.folder / key, "-out", authority, "-days", "2",
                         "-subj", f"/CN=weir test {authority.stem}", "-addext", "keyUsage=critical,keyCertSign", "-addext", "basicConstraints=critical,CA:TRUE")
        self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", self.key, "-out", self.folder / "server.csr", "-subj", "/CN=weir test broker")
        (self.folder / "san").write_text("subjectAltName=IP:127.0.0.1\n")
        self.openssl("x509", "-req", "-in", self.folder / "server.csr", "-CA", self.authority, "-CAkey", self.folder / "ca.key", "-CAcreateserial",
                     "-out", self.certificate, "-days", "2", "-extfile", self.folder / "san")
        self.chain_with_key.write_text(self.certificate.read_text() + self.key.read_text())

    def openssl(self, *arguments):
        done = subprocess.run(["openssl", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        require(done.returncode == 0, f"openssl {arguments[0]}: {done.stdout}")


def secured(lane):
    """A broker that wants both, SASL PLAIN and TLS."""
    return Broker(lane, "secure", users={USER: PASSWORD}, tls=Certificates(lane), partitions=1)


def drive(lane, name, command, broker, timeout):
    """Runs a client program to its end, restarting the broker when the program asks: a line `@term` or `@kill` in its output.

    The file in its variable WEIR_RESTARTS holds how many of those are done: the program waits for the last one before it looks at what came of them.
    The program prints `ok WHAT` for everything it has checked, and ends with an exit code other than 0 at the first thing that is wrong.
    """
    done, finished = lane.folder / f"{name}.restarts", 0

    def tell():
        """The number as a whole: the program may read at any moment."""
        done.with_suffix(".new").write_text(str(finished))
        done.with_suffix(".new").replace(done)

    def asked():
        return [line for line in process.log.read_text(errors="replace").splitlines() if line in ("@term", "@kill")]

    tell()
    process = lane.start(name, command, env={**os.environ, "WEIR_RESTARTS": str(done)})
    deadline = time.monotonic() + timeout
    while process.poll() is None:
        require(time.monotonic() < deadline, f"{name}: no end within {timeout} s; {tail(process.log)}")
        for how in asked()[finished:]:
            log(f"{name}: broker restarted ({how[1:]}), away for {broker.restart(how[1:]):.1f} s")
            finished += 1
            tell()
        time.sleep(0.05)
    require(process.returncode == 0, f"{name}: exit code {process.returncode}; {tail(process.log, 3000)}")
    require(finished == len(asked()), f"{name} ended after {finished} of the {len(asked())} restarts that it asked for; {tail(process.log)}")
    checked = [line[3:] for line in process.log.read_text(errors="replace").splitlines() if line.startswith("ok ")]
    require(checked, f"{name} checked nothing; {tail(process.log)}")
    log(f"{name}: {len(checked)} checks: {'; '.join(checked)}")
