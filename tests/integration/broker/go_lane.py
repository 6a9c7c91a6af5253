"""franz-go, with its own tests against a live broker and a program of ours; sarama."""
import os
import re
import shutil

import wire
from harness import HERE, ROOT, Failed, Skip, log, quiet, require, tail
from under_test import ON_KAFKA, PASSWORD, USER, Broker, drive, secured

MODULE = HERE / "broker" / "go"

# Tests of package kgo that want a broker (in KGO_SEEDS), without those of transactions, share groups and KIP-848.
OWN_TESTS = ["TestGroupETL", "TestGroupSimple", "TestConsumeTopicRetrieval", "TestConsumeTopicRetrieval_Many", "TestDirectPartitionPurge",
             "TestAddRemovePartitions", "TestPauseIssue489", "TestPauseIssueOct2023", "TestIssue325", "TestIssue337", "TestIssue434", "TestIssue523", "TestIssue648",
             "TestIssue810", "TestIssue865", "TestIssueFetchLargerThanBrokerMaxReadBytes", "TestPooling", "TestPing", "TestIssue1034"]

# Wants the topic __consumer_offsets in the metadata, which weir does not show: run on Kafka only, and said so.
WANTS_OFFSETS_TOPIC = ["TestConsumeRegex"]


def programs():
    """The folder with our two programs and franz-go's own tests, built from what go.mod pins; Go keeps its caches below ~/.cache and GOPATH."""
    if shutil.which("go") is None:
        raise Skip("go is not installed (1.21 or newer; Debian 12 has an older one)")
    folder = ROOT / "build" / "integration-broker-go"
    source = folder / "source"
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(MODULE, source)
    quiet(["go", "mod", "download"], "Go cannot fetch the clients", cwd=source)
    for package, name in (("./franz", "franz"), ("./sarama", "sarama")):
        quiet(["go", "build", "-o", folder / name, package], f"go build {package}", Failed, cwd=source)
    quiet(["go", "test", "-c", "-o", folder / "kgo.test", "github.com/twmb/franz-go/pkg/kgo"], "franz-go's own tests cannot be built", cwd=source)
    return folder


def run(lane):
    folder = programs()
    broker, secure = Broker(lane), secured(lane)
    command = [folder / "franz", broker.address, secure.address, secure.tls.authority, secure.tls.stranger, USER, PASSWORD]
    drive(lane, "franz", command, broker, 200)
    drive(lane, "sarama", [folder / "sarama", broker.address], broker, 120)
    for codec in wire.CODECS:
        wire.check_codec(broker.port, f"franz-{codec}", codec)
        wire.check_idempotent(broker.port, f"franz-{codec}")
        wire.check_codec(broker.port, f"sarama-{codec}", codec)
    wire.check_idempotent(broker.port, "sarama-idempotent")
    log("on the wire: each codec is what it says, idempotent batches carry a producer id")
    own_tests(lane, folder, broker)


def own_tests(lane, folder, broker, records=20_000):
    tests = OWN_TESTS + (WANTS_OFFSETS_TOPIC if ON_KAFKA else [])
    wanted = "^(" + "|".join(tests) + ")$"
    environment = {**os.environ, "KGO_SEEDS": broker.address, "KGO_TEST_RF": "1", "KGO_TEST_RECORDS": str(records), "KGO_LOG_LEVEL": "none"}
    process = lane.start("kgo", [folder / "kgo.test", "-test.v", "-test.run", wanted, "-test.timeout", "170s"], env=environment)
    code = process.wait(180)
    said = process.log.read_text(errors="replace")
    results = re.findall(r"^\s*--- (PASS|FAIL|SKIP): (\S+)", said, re.MULTILINE)
    failed = [name for verdict, name in results if verdict == "FAIL"]
    require(code == 0, f"franz-go's own tests: exit code {code}, failed: {failed}; {tail(process.log, 2500)}")
    passed = [name for verdict, name in results if verdict == "PASS"]
    require(set(tests) <= set(passed), f"franz-go's own tests did not run: {sorted(set(tests) - set(passed))}")
    if not ON_KAFKA:
        log(f"NOT RUN, as weir shows no __consumer_offsets: {WANTS_OFFSETS_TOPIC}")
    log(f"franz-go's own tests: {len(passed)} passed, skipped: {[name for verdict, name in results if verdict == 'SKIP']}")
