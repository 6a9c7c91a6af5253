#!/usr/bin/env python3
"""Measures weir beside its yardsticks, in one run, and prints ratios.

Rows: a bare librdkafka batch consumer against the whole pipeline to `drop`; a bare BatchAppend client against the whole pipeline into
the embedded event store. Shared machines drift, so each pair is measured in turn, several times; the ratios are what counts.
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

ROOT = pathlib.Path(__file__).resolve().parent.parent
KAFKA = ROOT / "tests" / "integration" / "kafka" / "apache-kafka"
TOPIC = "bench-events"
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

    def pipeline(self, sink, store_url=None):
        self.runs += 1
        connection = f'  store: {{ eventstoredb: {{ url: "{store_url}" }} }}' if store_url else ""
        path = self.work / f"run-{self.runs}.yaml"
        path.write_text(PIPELINE.format(brokers=self.brokers, store_connection=connection, topic=TOPIC,
                                        group=f"bench-{os.getpid()}-{self.runs}", sink=sink, dlq=self.work / "dlq.jsonl"))
        text, cpu, wall, rss = measured([self.weir, "run", str(path), "--data-dir", str(self.work / f"data-{self.runs}"), "--quiet",
                                         "--until-idle", "1s", "--summary", "-"])
        summary = last_json(text)
        return summary["pipelines"][0], cpu, rss

    def to_drop(self):
        rows = []
        for _ in range(self.options.repeat):
            text, bare_cpu, _, _ = measured([self.tool("weir_bench_consume"), self.brokers, TOPIC, "6", str(self.options.events)])
            bare = last_json(text)
            got, cpu, rss = self.pipeline("{ drop: {} }")
            if got["consumed"] != self.options.events:
                sys.exit(f"bench: consumed {got['consumed']} of {self.options.events} events")
            rows.append({"bare_us": bare_cpu / bare["events"] * 1e6, "weir_us": cpu / got["consumed"] * 1e6,
                         "ratio": (cpu / got["consumed"]) / (bare_cpu / bare["events"]), "bare_rate": bare["events"] / bare["seconds"],
                         "weir_rate": got["consumed_per_second"], "gap_ms": got.get("longest_gap_ms", 0), "rss_mib": rss})
        return rows

    def to_store(self):
        rows = []
        for _ in range(self.options.repeat):
            store = Store(self.weir, self.work / "store", self.options.port + 20)
            text, _, _, _ = measured([self.tool("weir_bench_append"), store.url.split("//")[1].split("?")[0],
                                      str(self.options.store_events), str(STREAMS)])
            bare = last_json(text)
            store.stop()
            store = Store(self.weir, self.work / "store", self.options.port + 20)
            got, _, rss = self.pipeline("{ eventstoredb: { connection: store } }", store.url)
            store.stop()
            rows.append({"bare_rate": bare["events"] / bare["seconds"], "weir_rate": got["consumed_per_second"],
                         "ratio": got["consumed_per_second"] / (bare["events"] / bare["seconds"]), "written": got["written"], "rss_mib": rss})
        return rows


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
    parser.add_argument("--events", type=int, default=1_000_000, help="events on the topic")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--port", type=int, default=19292)
    parser.add_argument("--only", choices=["drop", "store"])
    parser.add_argument("--json", action="store_true", help="also print one JSON document at the end")
    options = parser.parse_args()
    options.store_events = options.events
    bench = Bench(options)
    kafka_dir = bench.work / "kafka"
    print(subprocess.run([bench.weir, "version"], capture_output=True, text=True).stdout.strip())
    print(f"{platform.platform()}, {os.cpu_count()} cores; {options.events:,} events of 400 bytes, {STREAMS:,} streams, 6 partitions, "
          f"small fetches; each pair measured in turn {options.repeat} times")
    result = {}
    try:
        subprocess.run([KAFKA, "start", str(options.port), kafka_dir], check=True)
        subprocess.run([KAFKA, "topic", str(options.port), TOPIC, "6"], check=True)
        subprocess.run([bench.tool("weir_bench_fill"), bench.brokers, TOPIC, str(options.events), str(STREAMS)], check=True)
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
    main()
