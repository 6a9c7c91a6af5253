"""Apache Kafka's own Java client and command-line tools: the last line before 4.0, and the newest."""
import json
import random
import shutil
import subprocess
import time

import wire
from harness import HERE, Failed, Skip, kafka, kafka_jars, log, quiet, require, tail
from under_test import ON_KAFKA, PASSWORD, USER, Broker, drive, secured

JAVA = HERE / "broker" / "java"
SMALL = ["-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]


class Tools:
    """Kafka's tools by their main classes, as the scripts of a Kafka distribution start them."""

    # Where the versions differ; the newest has the names without a note.
    MAINS = {
        "topics": "org.apache.kafka.tools.TopicCommand",
        "produce": "org.apache.kafka.tools.ConsoleProducer",
        "consume": "org.apache.kafka.tools.consumer.ConsoleConsumer",
        "groups": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
        "offsets": "org.apache.kafka.tools.GetOffsetShell",
        "delete-records": "org.apache.kafka.tools.DeleteRecordsCommand",
        "configs": "kafka.admin.ConfigCommand",
        "api-versions": "org.apache.kafka.tools.BrokerApiVersionsCommand",
        "verifiable-producer": "org.apache.kafka.tools.VerifiableProducer",
        "verifiable-consumer": "org.apache.kafka.tools.VerifiableConsumer",
        "producer-performance": "org.apache.kafka.tools.ProducerPerformance",
        "consumer-performance": "org.apache.kafka.tools.ConsumerPerformance",
        "end-to-end-latency": "org.apache.kafka.tools.EndToEndLatency",
        "compatibility": "org.apache.kafka.tools.ClientCompatibilityTest",
    }
    MAINS_39 = {"produce": "kafka.tools.ConsoleProducer", "api-versions": "kafka.admin.BrokerApiVersionsCommand"}

    def __init__(self, version, broker):
        self.old, self.broker = version == "3.9", broker
        self.jars = kafka_jars(JAVA / f"pom-{version}.xml", f"tools-{version}")

    def command(self, tool, *arguments):
        main = self.MAINS_39.get(tool) if self.old else None
        return ["java", *SMALL, "-cp", f"{self.jars}/*", main or self.MAINS[tool], *map(str, arguments)]

    def __call__(self, tool, *arguments, data="", timeout=90, code=0, server=True):
        """The output of a tool that must end with `code`; --bootstrap-server is added."""
        where = ["--bootstrap-server", self.broker.address] if server else []
        if tool == "groups":
            where += ["--timeout", "30000"]  # its 5 s are few on a busy machine
        try:
            done = subprocess.run(self.command(tool, *where, *arguments), input=data, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout)
        except subprocess.TimeoutExpired as late:
            raise Failed(f"{tool} {arguments}: no end within {timeout} s; {(late.stdout or b'').decode()[-1500:]}") from None
        require(done.returncode == code, f"{tool} {' '.join(map(str, arguments))}: exit code {done.returncode}: {done.stdout[-2000:]}")
        return done.stdout

    def property(self, kind):
        """--property has had a name of its own per side since 4.2."""
        return "--property" if self.old else f"--{kind}-property"


def run(lane, version):
    if shutil.which("javac") is None:
        raise Skip("javac is not installed (a JDK, 17 or newer)")
    broker = Broker(lane)
    tools = Tools(version, broker)
    topics_and_configs(tools)
    console(tools)
    groups(lane, tools)
    offsets_and_records(lane, tools)
    verifiable(lane, tools)
    performance(lane, tools)
    compatibility(tools)
    probe(lane, tools, version)
    inside_a_batch(tools)  # last, so that what it finds hides nothing else


def topics_and_configs(tools):
    said = tools("api-versions")
    require("Produce(0)" in said and "ApiVersions(18)" in said, f"api versions: {said[-800:]}")
    tools("topics", "--create", "--topic", "tools", "--partitions", 3, "--config", "retention.ms=3600000")
    said = tools("topics", "--create", "--topic", "tools", code=1)
    require("already exists" in said, f"a topic made twice: {said}")
    tools("topics", "--alter", "--topic", "tools", "--partitions", 4)
    said = tools("topics", "--describe", "--topic", "tools")
    require("PartitionCount: 4" in said and "retention.ms=3600000" in said and said.count("Leader: ") == 4, f"describe: {said}")
    require("tools" in tools("topics", "--list").split(), "list")
    require("does not exist" in tools("topics", "--describe", "--topic", "nothing-here", code=1), "a topic that is not there")
    tools("configs", "--entity-type", "topics", "--entity-name", "tools", "--alter", "--add-config", "max.message.bytes=2000000,retention.ms=7200000")
    said = tools("configs", "--entity-type", "topics", "--entity-name", "tools", "--describe")
    require("max.message.bytes=2000000" in said and "retention.ms=7200000" in said, f"configs: {said}")
    tools("configs", "--entity-type", "topics", "--entity-name", "tools", "--alter", "--delete-config", "retention.ms")
    require("retention.ms" not in tools("configs", "--entity-type", "topics", "--entity-name", "tools", "--describe"), "a deleted setting")
    log("kafka-broker-api-versions, kafka-topics, kafka-configs")


def console(tools):
    lines = [f"key{number}:value {number}" for number in range(500)]
    tools("produce", "--topic", "tools", tools.property("reader"), "parse.key=true", tools.property("reader"), "key.separator=:",
          "--compression-codec", "zstd", data="\n".join(lines) + "\n")
    said = tools("consume", "--topic", "tools", "--from-beginning", "--max-messages", 500, "--group", "console", tools.property("formatter"), "print.key=true",
                 tools.property("formatter"), "key.separator=:", "--timeout-ms", 30000)
    back = [line for line in said.splitlines() if line.startswith("key")]
    require(sorted(back) == sorted(lines), f"the console consumer printed {len(back)} of 500 records")
    require(wire.count(tools.broker.port, "tools", 4) == 500, "the log holds another number of records")
    log("the console producer and consumer")


def groups(lane, tools):
    said = tools("groups", "--describe", "--group", "console")
    require(total_lag(said) == 0, f"describe: {said}")
    require("console" in tools("groups", "--list").split(), "list")
    tools("groups", "--reset-offsets", "--group", "console", "--topic", "tools", "--to-earliest", "--execute")
    require(total_lag(tools("groups", "--describe", "--group", "console")) == 500, "after the reset the lag is not 500")
    tools("groups", "--reset-offsets", "--group", "console", "--topic", "tools", "--shift-by", 10, "--execute")
    require(total_lag(tools("groups", "--describe", "--group", "console")) == 460, "after the shift the lag is not 460")
    member = lane.start("console-member", tools.command("consume", "--bootstrap-server", tools.broker.address, "--topic", "tools", "--group", "console"))
    deadline = time.monotonic() + 40
    while "Stable" not in (said := tools("groups", "--describe", "--group", "console", "--state")):
        require(time.monotonic() < deadline, f"the group is not stable: {said}; {tail(member.log)}")
    said = tools("groups", "--describe", "--group", "console", "--members", "--verbose")
    require("console-consumer" in said and "tools" in said, f"members: {said}")
    require("not empty" in tools("groups", "--delete", "--group", "console").lower(), "a group with members was deleted")
    member.terminate()
    member.wait(30)
    tools("groups", "--delete", "--group", "console")
    require("console" not in tools("groups", "--list").split(), "the deleted group is listed")
    log("kafka-consumer-groups: list, describe, state, members, reset-offsets, delete")


def total_lag(said):
    """The sum of the column LAG."""
    rows = [line.split() for line in said.splitlines() if line.strip()]
    header = next((row for row in rows if "LAG" in row), None)
    require(header, f"no table: {said}")
    at = header.index("LAG")
    return sum(int(row[at]) for row in rows if len(row) > at and row[0] == "console" and row[at].isdigit())


def offsets_and_records(lane, tools):
    def total(time_):
        said = tools("offsets", "--topic", "tools", "--time", time_)
        return sum(int(line.split(":")[2]) for line in said.splitlines() if line.startswith("tools:"))

    require((total(-1), total(-2)) == (500, 0), "kafka-get-offsets")
    path = lane.folder / "delete.json"
    ends = kafka.ends(tools.broker.port, "tools", 4)
    path.write_text(json.dumps({"version": 1, "partitions": [{"topic": "tools", "partition": 0, "offset": 20}, {"topic": "tools", "partition": 1, "offset": -1}]}))
    said = tools("delete-records", "--offset-json-file", path)
    require("low_watermark: 20" in said and f"low_watermark: {ends[1]}" in said, f"kafka-delete-records: {said}")
    require(total(-2) == 20 + ends[1], "the beginnings after kafka-delete-records")
    log("kafka-get-offsets, kafka-delete-records")


def inside_a_batch(tools):
    """The newest record of a batch of many: Kafka opens the batch and answers the record's own offset, weir the batch's first (its README says so)."""
    kafka.create_topics(tools.broker.port, {"newest": 1})
    tools("produce", "--topic", "newest", data="".join(f"{number}\n" for number in range(500)))
    said = tools("offsets", "--topic", "newest", "--time", "max-timestamp")
    offset = int(next(line for line in said.splitlines() if line.startswith("newest:")).split(":")[2])
    written = wire.batches(tools.broker.port, "newest")
    holds = [batch for batch in written if batch.base_offset <= offset < batch.base_offset + batch.count]
    require(len(holds) == 1, f"kafka-get-offsets --time max-timestamp: {offset} is in none of {written}")
    require(not ON_KAFKA or offset > 0, f"kafka-get-offsets --time max-timestamp: {offset} on Kafka, which opens batches")
    log(f"kafka-get-offsets of the newest record: {offset}, of a batch of {holds[0].count}")


def json_lines(path):
    for line in path.read_text(errors="replace").splitlines():
        if line.startswith("{"):
            try:
                yield json.loads(line)
            except ValueError:
                pass  # the last one may be on its way


def verifiable(lane, tools, count=20_000):
    """Kafka's own verifiable clients: one of two consumers is killed in the middle; everything acknowledged is consumed."""
    kafka.create_topics(tools.broker.port, {"verifiable": 4})

    def consumer(name):
        return lane.start(name, tools.command("verifiable-consumer", "--bootstrap-server", tools.broker.address, "--topic", "verifiable", "--group-id", "verifiable",
                                              "--session-timeout", 6000, "--reset-policy", "earliest", "--verbose"))

    def consumed(*members):
        return {line["value"] for member in members for line in json_lines(member.log) if line["name"] == "record_data"}

    def assigned(member):
        """How many partitions it was given last."""
        given = [line["partitions"] for line in json_lines(member.log) if line["name"] == "partitions_assigned"]
        return len(given[-1]) if given else 0

    one, two = consumer("verifiable-consumer-1"), consumer("verifiable-consumer-2")
    deadline = time.monotonic() + 60
    while (assigned(one), assigned(two)) != (2, 2):  # only now, or a slow start would move the kill to the end of the producer
        require(time.monotonic() < deadline, f"both consumers get partitions; {tail(one.log)} {tail(two.log)}")
        time.sleep(0.3)
    producer = lane.start("verifiable-producer", tools.command("verifiable-producer", "--bootstrap-server", tools.broker.address, "--topic", "verifiable",
                                                               "--max-messages", count, "--throughput", 2000, "--acks", -1))
    deadline = time.monotonic() + 60
    while not (len(consumed(one)) > 100 and len(consumed(two)) > 100):
        require(time.monotonic() < deadline, f"both consumers consume; {tail(one.log)} {tail(two.log)}")
        time.sleep(0.3)
    require(producer.poll() is None, "the producer was done before the kill")
    two.kill()
    two.wait()
    require(producer.wait(90) == 0, f"the producer failed; {tail(producer.log)}")
    lines = list(json_lines(producer.log))
    acked = {line["value"] for line in lines if line["name"] == "producer_send_success"}
    summary = next(line for line in lines if line["name"] == "tool_data")
    require(summary["sent"] == summary["acked"] == len(acked) == count, f"the producer says {summary}, and {len(acked)} successes")
    ends = kafka.ends(tools.broker.port, "verifiable", 4)

    def committed():
        return kafka.committed(tools.broker.port, "verifiable", "verifiable", 4)

    # The killed one may have printed the last records of a partition without committing them: then the other has to take it over first.
    while consumed(one, two) != acked or committed() != ends:
        require(time.monotonic() < deadline + 60, f"{len(consumed(one, two))} of {count} consumed, committed {committed()} of {ends}; {tail(one.log)}")
        time.sleep(0.3)
    one.terminate()
    one.wait(30)
    require(wire.count(tools.broker.port, "verifiable", 4) == count, "the log holds another number of records than were acknowledged")
    require(committed() == ends, f"committed {committed()} of {ends} after the last member left; {tail(one.log)}")
    log(f"VerifiableProducer and two VerifiableConsumers, one killed: {count} sent, acknowledged, consumed, in the log")


def performance(lane, tools, count=100_000):
    kafka.create_topics(tools.broker.port, {"performance": 3, "latency": 1})
    said = tools("producer-performance", "--topic", "performance", "--num-records", count, "--record-size", 200, "--throughput", -1, "--producer-props",
                 f"bootstrap.servers={tools.broker.address}", "acks=all", "compression.type=lz4", server=False)
    require(f"{count} records sent" in said, f"ProducerPerformance: {said}")
    require(wire.count(tools.broker.port, "performance", 3) == count, "the log holds another number of records")
    number = "--messages" if tools.old else "--num-records"
    said = tools("consumer-performance", "--topic", "performance", number, count, "--timeout", 30000)
    require(int(float(said.strip().splitlines()[-1].split(",")[4])) == count, f"ConsumerPerformance: {said}")
    if tools.old:
        said = tools("end-to-end-latency", tools.broker.address, "latency", 500, "all", 100, server=False)
    else:
        said = tools("end-to-end-latency", "--topic", "latency", "--num-records", 500, "--producer-acks", "all", "--record-size", 100)
    require("Avg latency" in said, f"EndToEndLatency: {said}")
    log(f"ProducerPerformance, ConsumerPerformance ({count} records), EndToEndLatency: {said.split('Avg latency:')[1].split()[0]} ms")


def compatibility(tools):
    """Kafka's own test of which features a broker has for a client; weir has no ACLs."""
    topic = f"compatibility-{random.randrange(10000)}"
    kafka.create_topics(tools.broker.port, {topic: 1})
    tools("compatibility", "--topic", topic, "--num-cluster-nodes", 1, "--offsets-for-times-supported", "true", "--cluster-id-supported", "true",
          "--expect-record-too-large-exception", "false", "--create-topics-supported", "true",
          "--describe-acls-supported", str(ON_KAFKA).lower(), "--describe-configs-supported", "true", "--idempotent-producer-supported", "true")
    log("ClientCompatibilityTest")


def probe(lane, tools, version):
    classes = lane.folder / "classes"
    quiet(["javac", "-nowarn", "-d", classes, "-cp", f"{tools.jars}/*", JAVA / "Probe.java"], "javac", Failed)
    secure = secured(lane)
    command = ["java", *SMALL, "-cp", f"{classes}:{tools.jars}/*", "Probe", tools.broker.address, secure.address, secure.tls.authority, secure.tls.stranger, USER, PASSWORD]
    drive(lane, "probe", command, tools.broker, 220)
    for codec in wire.CODECS:
        wire.check_codec(tools.broker.port, f"java-{codec}", codec)
        wire.check_idempotent(tools.broker.port, f"java-{codec}")
    log("on the wire: each codec is what it says, idempotent batches carry a producer id")
