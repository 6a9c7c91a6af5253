#!/usr/bin/env python3
"""Measures weir's broker beside a real Apache Kafka, with one client and in one run, and prints ratios.

Three rows: weir that syncs before it answers, weir that never syncs, and Kafka as it is shipped, which does not sync either. So the
like of Kafka's row is `weir never`. Every phase is done by each broker in turn, several times; the first pass is thrown away (it warms
the JVM). What counts is the broker's own CPU time: the client shares the machine, and wall rates say more about it than about the broker.
"""
import argparse
import json
import os
import pathlib
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import broker_process
from broker_process import ROOT, Kafka, Weir, delete_topic, kafka
from full_memory import FullMemory

PARTITIONS = 6
ROWS = ("weir fsync-always", "weir never", "Kafka default")
LIKE, YARDSTICK = "weir never", "Kafka default"

# As librdkafka names them. Only the large batches are also sent by idempotent producers: librdkafka 2.0 spins while five requests are out.
PRODUCER = {"acks": "all", "linger.ms": 5, "max.in.flight.requests.per.connection": 5, "compression.type": "none",
            "statistics.interval.ms": 200, "socket.nagle.disable": "true", "log_level": 3}
# The queue is large: librdkafka before 2.2 sleeps for a second when it is full.
CONSUMER = {"fetch.wait.max.ms": 500, "queued.min.messages": 10_000_000, "queued.max.messages.kbytes": 2_000_000}


class Phase:
    def __init__(self, key, title, mode, events, clients, properties, makes_topic=True):
        self.key, self.title, self.mode, self.events, self.clients = key, title, mode, events, clients
        self.properties, self.makes_topic = properties, makes_topic

    def settings(self):
        return " ".join(f"{key}={value}" for key, value in self.properties.items())


def phases(options):
    large = {**PRODUCER, "batch.size": options.batch}
    small = {**PRODUCER, "batch.size": options.small_batch}
    safe = {"enable.idempotence": "true"}
    producers, events = options.producers, options.events
    latency = {"acks": "all", "linger.ms": 0, "socket.nagle.disable": "true", "log_level": 3}
    every = [
        Phase("produce", "Produce", "produce", events, producers, large),
        Phase("produce_idempotent", "Produce, idempotent", "produce", events, producers, {**large, **safe}),
        Phase("produce_small", "Produce, small batches", "produce", options.small_events, producers, small),
        Phase("fetch", "Fetch, one group", "consume", events, 1, CONSUMER, makes_topic=False),
        Phase("fetch_3", "Fetch, three groups at once", "consume", events, 3, CONSUMER, makes_topic=False),
        Phase("latency", f"Produce latency at {options.rate:,} single events per second", "latency", options.rate * options.seconds,
              options.rate, latency),
    ]
    return [phase for phase in every if not options.only or phase.key in options.only]


class Bench:
    def __init__(self, options):
        self.options = options
        self.build = pathlib.Path(options.build).resolve()
        self.load = str(self.build / "bench" / "weir_bench_broker_load")
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="weir-bench-brokers-", dir=options.dir))
        weir = options.weir or str(self.build / "weir")
        rows = [Weir(ROWS[0], self.work / "weir-always", weir, "always"), Weir(ROWS[1], self.work / "weir-never", weir, "never"),
                Kafka(ROWS[2], self.work / "kafka")]
        self.brokers = [row for row in rows if not options.rows or any(word in row.name for word in options.rows)]
        self.weir = weir
        self.memory = FullMemory(self.work / "holes") if options.fill_memory else None
        self.topics = {}  # of each broker: the one with the events to fetch
        self.passes = 0

    def calm(self):
        """Before each measurement: no written pages of the one before, and memory in the same state."""
        os.sync()
        if self.memory:
            self.memory.fill()

    def starts(self):
        """Start and rest, each time on an empty data directory; the last start stays up."""
        found = {broker.name: [] for broker in self.brokers}
        for number in range(self.options.repeat + 1):
            for broker in self.brokers:
                broker.wipe()
                self.calm()
                seconds = broker.start()
                time.sleep(self.options.settle)
                if number > 0:  # the first one also reads its program from the disk
                    found[broker.name].append({"start_seconds": seconds, **broker.memory()})
                if number < self.options.repeat:
                    broker.stop()
        return found

    def restarts(self):
        """A clean stop and a start on everything that was written."""
        found = {}
        for broker in self.brokers:
            broker.stop()
            self.calm()
            found[broker.name] = [{"start_seconds": broker.start()}]
        return found

    def run(self, broker, phase):
        """One pass of a phase: what the client measured, and what the broker used meanwhile."""
        self.passes += 1
        topic = self.topics.get(broker.name)
        if phase.makes_topic or topic is None:
            topic = f"bench-{self.passes}"
            kafka.create_topics(broker.port, {topic: PARTITIONS})
            if not phase.makes_topic:
                self.client(broker, "produce", topic, phase.events, self.options.producers, {**PRODUCER, "batch.size": self.options.batch})
                self.topics[broker.name] = topic
        self.calm()
        before = broker.cpu()
        got = self.client(broker, phase.mode, topic, phase.events, phase.clients, phase.properties)
        time.sleep(0.1)
        total, user, system = (after - start for after, start in zip(broker.cpu(), before))
        got["broker_cpu_seconds"], got["broker_user_seconds"], got["broker_system_seconds"] = total, user, system
        got["per_cpu_second"] = got["events"] / total
        got["rate"] = got["events"] / got["seconds"]
        got.update(broker.memory())
        if phase.makes_topic:
            self.check(broker, topic, phase.events)
            self.keep(broker, topic, phase)
        return got

    def client(self, broker, mode, topic, events, clients, properties):
        arguments = [f"{key}={value}" for key, value in {"bootstrap.servers": broker.address, **properties}.items()]
        done = subprocess.run([self.load, mode, topic, str(PARTITIONS), str(events), str(clients), *arguments], stdout=subprocess.PIPE,
                              text=True, timeout=900)
        if done.returncode != 0:
            sys.exit(f"bench: {broker.name}: the client ended with exit code {done.returncode} in mode {mode}")
        return json.loads(done.stdout)

    @staticmethod
    def check(broker, topic, events):
        there = sum(kafka.ends(broker.port, topic, PARTITIONS).values())
        if there != events:
            sys.exit(f"bench: {broker.name}: {there:,} events on {topic}, {events:,} were produced")

    def keep(self, broker, topic, phase):
        """Only the last topic of large batches stays: it is what the fetches read."""
        old = topic
        if phase.key == "produce":
            old = self.topics.get(broker.name)
            self.topics[broker.name] = topic
        if old is not None:
            delete_topic(broker.port, old)

    def measure(self, chosen):
        """Every phase by each broker in turn: {phase: {row: [pass, ...]}}; the memory is that after the first pass of all."""
        found = {phase.key: {broker.name: [] for broker in self.brokers} for phase in chosen}
        first = {}
        for number in range(self.options.warm + self.options.repeat):
            for phase in chosen:
                for broker in self.brokers:
                    got = self.run(broker, phase)
                    if phase.key == "produce":
                        first.setdefault(broker.name, broker.memory())
                    if number >= self.options.warm:
                        found[phase.key][broker.name].append(got)
                    if self.options.verbose or number >= self.options.warm:
                        warm = "  (warm-up)" if number < self.options.warm else ""
                        print(f"  pass {number}  {phase.key:<18}  {broker.name:<17}  {got['per_cpu_second']:>11,.0f} events/CPU s  "
                              f"(CPU {got['broker_cpu_seconds']:.3f} s)  {got['rate']:>11,.0f} events/s{warm}", flush=True)
        return found, first

    def close(self):
        if self.memory:
            self.memory.close()
        for broker in self.brokers:
            if self.options.keep:
                broker.stop()
            else:
                broker.wipe()
        if not self.options.keep:
            shutil.rmtree(self.work, ignore_errors=True)


def median(passes, key):
    return statistics.median(each[key] for each in passes)


def show(title, columns, found):
    """A table of medians: {heading: (key, format)} for {row: [pass, ...]}; headings that no pass knows are left out."""
    lines = {row: {heading: format(median(passes, key), form) for heading, (key, form) in columns.items() if key in passes[0]}
             for row, passes in found.items()}
    headings = [heading for heading in columns if any(heading in line for line in lines.values())]
    widths = {heading: max(len(heading), *(len(line.get(heading, "")) for line in lines.values())) for heading in headings}
    print(f"\n{title}")
    print(" " * 21 + "  ".join(heading.rjust(widths[heading]) for heading in headings))
    for row, line in lines.items():
        print(f"  {row:<17}  " + "  ".join(line.get(heading, "").rjust(widths[heading]) for heading in headings))


def verdict(what, value, aim, smaller):
    good = value < aim if smaller else value >= aim
    text = f"{what}: {value:.3f}, aim under {aim}" if smaller else f"{what}: {value:.2f}, aim at least {aim:g}"
    print(f"  {text}: {'reached' if good else 'MISSED'}")
    return {"what": what, "ratio": value, "aim": aim, "reached": good}


def ratio(found, key, above=LIKE):
    """The median of a row over that of Kafka, or None where one of them was not measured."""
    if not found.get(above) or not found.get(YARDSTICK):
        return None
    return median(found[above], key) / median(found[YARDSTICK], key)


def show_state(title, found):
    columns = {"start s": ("start_seconds", ",.3f"), "VmRSS MiB": ("rss_mib", ",.1f"), "RssAnon MiB": ("anon_mib", ",.1f"),
               "highest VmRSS": ("peak_mib", ",.1f")}
    show(title, columns, found)


def show_phase(phase, found):
    title = f"{phase.title}: {phase.events:,} events"
    clients = {"produce": f" by {phase.clients} producers", "consume": f", {phase.clients} consumers", "latency": ""}[phase.mode]
    columns = {
        "events/CPU s": ("per_cpu_second", ",.0f"), "CPU s": ("broker_cpu_seconds", ".3f"), "user s": ("broker_user_seconds", ".2f"),
        "system s": ("broker_system_seconds", ".2f"), "events/s": ("rate", ",.0f"), "client CPU s": ("client_cpu_seconds", ".2f"),
        "events/request": ("events_per_request", ",.1f"),
        "p50 ms": ("p50_ms", ".2f"), "p99 ms": ("p99_ms", ".2f"), "max ms": ("max_ms", ".2f"),
        "VmRSS MiB": ("rss_mib", ",.1f"), "RssAnon MiB": ("anon_mib", ",.1f"),
    }
    show(title + clients, columns, found)
    print(f"  ({phase.settings()})")


def report(bench, chosen, starts, found, first, last, restarts):
    aims = []

    def judge(what, value, aim, smaller):
        if value is not None:
            aims.append(verdict(what, value, aim, smaller))

    if bench.options.warm < 3 or bench.options.events < 1_000_000:
        print("\nNOTE: the JVM is not warm after so little; what follows flatters weir (--warm 3 and a million events or more)")
    show_state(f"Start on an empty directory, and at rest {bench.options.settle:g} s later (medians of {bench.options.repeat})", starts)
    for row in (name for name in ROWS[:2] if name in starts):
        judge(f"{row} / Kafka, start to ready", ratio(starts, "start_seconds", row), 0.1, True)
        judge(f"{row} / Kafka, VmRSS at rest", ratio(starts, "rss_mib", row), 0.1, True)
    for phase in chosen:
        show_phase(phase, found[phase.key])
        if phase.mode == "latency":
            continue
        value = ratio(found[phase.key], "per_cpu_second")
        judge(f"{LIKE} / Kafka, {phase.title.lower()}, events per broker CPU second", value, 2, False)
        always = ratio(found[phase.key], "per_cpu_second", ROWS[0])
        if always is not None:
            print(f"  (fsync-always / Kafka: {always:.2f})")
    if first:
        show_state(f"Memory after the first {bench.options.events:,} events", {row: [memory] for row, memory in first.items()})
        for row in (name for name in ROWS[:2] if name in first):
            judge(f"{row} / Kafka, VmRSS after {bench.options.events:,} events",
                  ratio({name: [memory] for name, memory in first.items()}, "rss_mib", row), 0.1, True)
    show_state("Memory after everything", {row: [memory] for row, memory in last.items()})
    if restarts:
        show_state("Start on everything written, after a clean stop", restarts)
    return aims


def describe(bench):
    options = bench.options
    weir = subprocess.run([bench.weir, "version"], capture_output=True, text=True)
    java = subprocess.run(["java", "-version"], stderr=subprocess.PIPE, text=True).stderr.splitlines()
    versions = {
        "weir": weir.stdout.strip() or "not there", "kafka": Kafka.version(), "java": java[0] if java else "",
        "jvm": " ".join(broker_process.KAFKA_JVM), "machine": f"{platform.platform()}, {os.cpu_count()} cores", "load": os.getloadavg()[0],
        "client": subprocess.run(["pkg-config", "--modversion", "rdkafka"], stdout=subprocess.PIPE, text=True).stdout.strip(),
    }
    passes = f"{options.warm} warm-up passes, then {options.repeat} measured, brokers in turn"
    print(f"{versions['weir']}\nApache Kafka {versions['kafka']} on {versions['java']}: {versions['jvm']}; server.properties as shipped\n"
          f"client: librdkafka {versions['client']}, {PARTITIONS} partitions, events of 400 bytes\n"
          f"{versions['machine']}, load {versions['load']:.1f}; {passes}")
    return versions


def parse(arguments):
    parser = argparse.ArgumentParser(prog="bench broker", description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=str(ROOT / "build" / "release"))
    parser.add_argument("--weir", help="another binary than weir of the build")
    parser.add_argument("--dir", help="where the brokers keep their data (default: the system's place for temporary files)")
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--small-events", type=int, default=500_000, help="events of the small batches")
    parser.add_argument("--batch", type=int, default=131_072, help="bytes in a batch")
    parser.add_argument("--small-batch", type=int, default=4_096)
    parser.add_argument("--producers", type=int, default=3)
    parser.add_argument("--rate", type=int, default=1_000, help="single events per second, for the latency")
    parser.add_argument("--seconds", type=int, default=10, help="of the latency phase")
    parser.add_argument("--settle", type=float, default=5.0, help="seconds from ready to rest")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--warm", type=int, default=3, help="passes that are thrown away")
    parser.add_argument("--only", nargs="+", metavar="PHASE", help="produce produce_idempotent produce_small fetch fetch_3 latency")
    parser.add_argument("--rows", nargs="+", metavar="WORD", help="only rows whose name contains one of the words")
    parser.add_argument("--no-fill-memory", dest="fill_memory", action="store_false",
                        help="leave free memory as it is (see full_memory.py)")
    parser.add_argument("--verbose", action="store_true", help="show the warm-up passes too")
    parser.add_argument("--keep", action="store_true", help="leave the data directories")
    parser.add_argument("--json", action="store_true", help="also print one JSON document at the end")
    return parser.parse_args(arguments)


def main(arguments=None):
    options = parse(arguments)
    # Brokers live in sessions of their own: also an end by signal has to pass through close().
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        kafka.jars()
    except kafka.Unavailable as reason:
        sys.exit(f"bench: no Kafka to compare with: {reason}")
    bench = Bench(options)
    try:
        chosen = phases(options)
        versions = describe(bench)
        starts = bench.starts()
        found, first = bench.measure(chosen)
        last = {broker.name: broker.memory() for broker in bench.brokers}
        restarts = bench.restarts()
        aims = report(bench, chosen, starts, found, first, last, restarts)
    finally:
        bench.close()
    if options.json:
        settings = {phase.key: {**phase.properties, "events": phase.events, "clients": phase.clients} for phase in chosen}
        print(json.dumps({"versions": versions, "settings": settings,
                          "start": starts, "phases": found, "memory_after_first_produce": first, "memory_at_the_end": last,
                          "restart": restarts, "aims": aims}))


if __name__ == "__main__":
    main()
