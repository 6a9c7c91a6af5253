#!/usr/bin/env python3
"""Measures weir beside its yardsticks, in one run, and prints ratios.

Rows: a bare librdkafka batch consumer against the whole pipeline to `drop`; a bare BatchAppend client against the whole pipeline into
the embedded event store. Shared machines drift, so each pair is measured in turn, several times; the ratios are what counts.

CPU per message counts from the first message on: each program reads a topic with a few events and one with three million more, and the
difference is divided by those. What a process needs to start, to join and to end is the same in both, and flatters no ratio.
`run.py broker [OPTION...]` is a benchmark of its own: brokers.py.
"""
import argparse
import json
import os
import pathlib
import platform
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from broker_process import Kafka, kafka

ROOT = pathlib.Path(__file__).resolve().parent.parent
KAFKA = ROOT / "tests" / "integration" / "kafka" / "apache-kafka"
# Topics: a few events; as many more as are measured; those of the store.
FEW, MANY, FOR_STORE = "bench-few", "bench-many", "bench-store"
FEW_EVENTS = 10_000
PARTITIONS = 6
STREAMS = 10_000

PIPELINE = """
connections:
  broker: {{ kafka: {{ brokers: "{brokers}" }} }}
{store_connection}
pipelines:
  bench:
    source: {{ kafka: {{ connection: broker, topics: [{topic}], group: "{group}" }} }}
    stages:
      - decode:  {{ format: json, envelope: domain_event }}
      - dedupe:  {{ key: event_id, window: 24h, max_entries: 1000000 }}
      - route:   {{ by: event_type, to: {{ "Audit*": out, default: out }} }}
      - persist: {{}}
      - ack: {{}}
    sinks:
      out: {sink}
      dlq: {{ file: {{ path: "{dlq}" }} }}
"""


def measured(command, timeout=600):
    """Runs a command to its end: (stdout, CPU seconds, wall seconds, peak RSS in MiB)."""
    started = time.monotonic()
    with tempfile.TemporaryFile() as out:
        child = subprocess.Popen(command, stdout=out)
        deadline = started + timeout
        while True:
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > deadline:
                child.kill()
                os.wait4(child.pid, 0)
                sys.exit(f"bench: no end within {timeout} s: {' '.join(map(str, command))}")
            time.sleep(0.02)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            sys.exit(f"bench: exit code {child.returncode}: {' '.join(map(str, command))}")
        out.seek(0)
        text = out.read().decode()
    return text, usage.ru_utime + usage.ru_stime, time.monotonic() - started, usage.ru_maxrss / 1024


def last_json(text):
    start = text.rfind("\n{", 0, len(text) - 1)
    return json.loads(text[start + 1 if start >= 0 else text.index("{"):])


class Store:
    """`weir store`, a process of its own, on a fresh directory."""

    def __init__(self, weir, directory, port):
        self.directory = directory
        self.url = f"esdb://127.0.0.1:{port}?tls=false"
        self.process = subprocess.Popen([weir, "store", "--listen", f"127.0.0.1:{port}", "--data-dir", directory],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while True:
            probe = subprocess.run(["curl", "-sf", "-o", "/dev/null", f"http://127.0.0.1:{port}/health/live"])
            if probe.returncode == 0:
                return
            if time.monotonic() > deadline or self.process.poll() is not None:
                sys.exit("bench: the embedded store did not start")
            time.sleep(0.05)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        shutil.rmtree(self.directory, ignore_errors=True)


class Bench:
    def __init__(self, options):
        self.options = options
        self.build = pathlib.Path(options.build)
        self.weir = str(self.build / "weir")
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="weir-bench-"))
        self.brokers = f"127.0.0.1:{options.port}"
        self.runs = 0

    def tool(self, name):
        return str(self.build / "bench" / name)

    def fill(self, topic, events):
        subprocess.run([KAFKA, "topic", str(self.options.port), topic, str(PARTITIONS)], check=True)
        subprocess.run([self.tool("weir_bench_fill"), self.brokers, topic, str(events), str(STREAMS)], check=True)

    def bare_consumer(self, topic, events):
        text, cpu, _, _ = measured([self.tool("weir_bench_consume"), self.brokers, topic, str(PARTITIONS), str(events)])
        return last_json(text), cpu

    def pipeline(self, topic, events, sink, store_url=None):
        """Reads a topic to its end: the summary of the pipeline, CPU seconds of the process, its peak RSS."""
        self.runs += 1
        connection = f'  store: {{ eventstoredb: {{ url: "{store_url}" }} }}' if store_url else ""
        path = self.work / f"run-{self.runs}.yaml"
        path.write_text(PIPELINE.format(brokers=self.brokers, store_connection=connection, topic=topic,
                                        group=f"bench-{os.getpid()}-{self.runs}", sink=sink, dlq=self.work / "dlq.jsonl"))
        text, cpu, wall, rss = measured([self.weir, "run", str(path), "--data-dir", str(self.work / f"data-{self.runs}"), "--quiet",
                                         "--until-idle", "1s", "--summary", "-"])
        summary = last_json(text)["pipelines"][0]
        if summary["consumed"] != events:
            sys.exit(f"bench: consumed {summary['consumed']} of {events} events of {topic}")
        return summary, cpu, rss

    def to_drop(self):
        """CPU per message. The bare consumer and weir in turn, each on few and on many events."""
        self.fill(FEW, FEW_EVENTS)
        self.fill(MANY, FEW_EVENTS + self.options.events)
        rows = []
        for _ in range(self.options.repeat):
            bare, weir = {}, {}
            for topic, events in ((FEW, FEW_EVENTS), (MANY, FEW_EVENTS + self.options.events)):
                said, bare[topic] = self.bare_consumer(topic, events)
                summary, weir[topic], rss = self.pipeline(topic, events, "{ drop: {} }")
            bare_us, weir_us = ((cpu[MANY] - cpu[FEW]) / self.options.events * 1e6 for cpu in (bare, weir))
            rows.append({"bare_us": bare_us, "weir_us": weir_us, "ratio": weir_us / bare_us, "bare_fixed_s": bare[FEW], "weir_fixed_s": weir[FEW],
                         "bare_rate": said["events"] / said["seconds"], "weir_rate": summary["consumed_per_second"],
                         "gap_ms": summary.get("longest_gap_ms", 0), "rss_mib": rss})
        return rows

    def to_store(self):
        """Events per second, weir and the bare client in turn, each into a fresh store."""
        self.fill(FOR_STORE, self.options.store_events)
        rows = []
        for _ in range(self.options.repeat):
            store = Store(self.weir, self.work / "store", self.options.port + 20)
            text, _, _, _ = measured([self.tool("weir_bench_append"), store.url.split("//")[1].split("?")[0],
                                      str(self.options.store_events), str(STREAMS)])
            bare = last_json(text)
            store.stop()
            store = Store(self.weir, self.work / "store", self.options.port + 20)
            got, _, rss = self.pipeline(FOR_STORE, self.options.store_events, "{ eventstoredb: { connection: store } }", store.url)
            store.stop()
            rows.append({"bare_rate": bare["events"] / bare["seconds"], "weir_rate": got["consumed_per_second"],
                         "ratio": got["consumed_per_second"] / (bare["events"] / bare["seconds"]), "written": got["written"], "rss_mib": rss})
        return rows


def describe(bench):
    """Prints what is measured, on what, with which settings."""
    options = bench.options
    java = subprocess.run(["java", "-version"], stderr=subprocess.PIPE, text=True).stderr.splitlines()
    versions = {
        "weir": subprocess.run([bench.weir, "version"], stdout=subprocess.PIPE, text=True).stdout.strip(),
        "bare_consumer": f"librdkafka {subprocess.run([bench.tool('weir_bench_consume'), '--version'], stdout=subprocess.PIPE, text=True).stdout.strip()}",
        "kafka": f"{Kafka.version()} on {java[0] if java else 'no java'}",
        "machine": f"{platform.platform()}, {os.cpu_count()} cores",
        "load": os.getloadavg()[0],
    }
    print(f"{versions['weir']}\nbare consumer: {versions['bare_consumer']}\nApache Kafka {versions['kafka']}, one node, 768 MiB of heap\n"
          f"{versions['machine']}, load {versions['load']:.1f}\n"
          f"events of 400 bytes, {STREAMS:,} streams, {PARTITIONS} partitions, fetches of 256 KiB; {options.events:,} events to drop, counted from the "
          f"first (what {FEW_EVENTS:,} more cost is subtracted), {options.store_events:,} into the store; each pair measured in turn {options.repeat} times")
    return versions


def show(title, rows, unit):
    print(f"\n{title}")
    for row in rows:
        print("  " + "  ".join(f"{key} {value:,.2f}" if isinstance(value, float) else f"{key} {value:,}" for key, value in row.items()))
    ratio = statistics.median(row["ratio"] for row in rows)
    print(f"  median ratio: {ratio:.2f} ({unit})")
    return ratio


def main():
    if sys.argv[1:2] == ["broker"]:
        import brokers

        return brokers.main(sys.argv[2:])
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=str(ROOT / "build" / "release"))
    parser.add_argument("--events", type=int, default=3_000_000, help="events of the row to drop, from the first on (default 3,000,000)")
    parser.add_argument("--store-events", type=int, default=1_000_000, help="events of the row into the store (default 1,000,000)")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--port", type=int, default=19292)
    parser.add_argument("--only", choices=["drop", "store"])
    parser.add_argument("--json", action="store_true", help="also print one JSON document at the end")
    options = parser.parse_args()
    try:
        kafka.jars()
    except kafka.Unavailable as reason:
        print(f"SKIPPED: {reason}", file=sys.stderr)
        return 77
    bench = Bench(options)
    kafka_dir = bench.work / "kafka"
    result = {"versions": describe(bench), "settings": {name: getattr(options, name) for name in ("events", "store_events", "repeat")}}
    try:
        subprocess.run([KAFKA, "start", str(options.port), kafka_dir], check=True)
        if options.only != "store":
            result["drop"] = {"rows": bench.to_drop()}
            result["drop"]["ratio"] = show("Kafka → decode → dedupe → route → drop, CPU per message against the bare consumer (aim: at most 3.5)",
                                           result["drop"]["rows"], "weir CPU / bare CPU")
        if options.only != "drop":
            result["store"] = {"rows": bench.to_store()}
            result["store"]["ratio"] = show("Kafka → … → embedded event store, rate against a bare BatchAppend client (aim: at least 0.5)",
                                            result["store"]["rows"], "weir rate / bare rate")
    finally:
        subprocess.run([KAFKA, "stop", kafka_dir])
        shutil.rmtree(bench.work, ignore_errors=True)
    if options.json:
        print(json.dumps(result))


if __name__ == "__main__":
    sys.exit(main())
