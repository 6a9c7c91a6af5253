"""Two `weir run` of one group, with member ids of their own: what is left to the other when one of them stops.

After SIGINT, and after SIGTERM with --leave-group, the other has all partitions at once. After SIGTERM alone they wait for the one that stopped, and
it has them back at once when it comes. The session is so long that it never ends here. Against Apache Kafka, and against `weir broker`.
"""
import json
import signal
import subprocess
import time

from harness import free_port, log, require, tail

SESSION = 300  # seconds

PIPELINE = """
connections:
  broker: {{ kafka: {{ brokers: "127.0.0.1:{port}" }} }}
pipelines:
  p:
    source: {{ kafka: {{ connection: broker, topics: [orders], group: leave, instance_id: auto, session_timeout: {session}s }} }}
    stages: [ decode: {{}}, persist: {{}}, ack: {{}} ]
    sinks: {{ out: {{ drop: {{}} }}, dlq: {{ file: {{ path: dead.jsonl }} }} }}
"""


def members(lane, port):
    """How many partitions each member has, by its instance id."""
    done = subprocess.run([lane.weir, "groups", "describe", "leave", "--brokers", f"127.0.0.1:{port}", "--json"], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=30)
    if done.returncode != 0:
        return []
    return sorted(len(member["assignment"]) for member in json.loads(done.stdout)["members"])


def wait_for(lane, port, shares, what, patience=30):
    deadline = time.monotonic() + patience
    while (seen := members(lane, port)) != shares:
        require(time.monotonic() < deadline, f"{what}: the shares are {seen}, not {shares}, after {patience} s")
        time.sleep(0.1)


def start(lane, name, port, *arguments):
    path = lane.folder / f"{port}.yaml"
    path.write_text(PIPELINE.format(port=port, session=SESSION))
    return lane.start(f"{name}-{port}", [lane.weir, "run", path, "--data-dir", lane.folder / f"data-{name}-{port}", "--log-format", "json", *arguments])


def stop(process, number):
    asked = time.monotonic()
    process.send_signal(number)
    require(process.wait(40) == 0, f"exit code {process.returncode}; {tail(process.log)}")
    return time.monotonic() - asked


def against(lane, port, which):
    stays = start(lane, "stays", port)
    for round, (number, arguments) in enumerate(((signal.SIGINT, ()), (signal.SIGTERM, ("--leave-group",)))):
        goes = start(lane, f"goes-{round}", port, *arguments)
        wait_for(lane, port, [2, 2], f"{which}, two members")
        took = stop(goes, number)
        asked = time.monotonic()
        wait_for(lane, port, [4], f"{which}, {number.name} {arguments}", patience=10)
        log(f"{which}: {number.name} {' '.join(arguments)}: stopped in {took:.1f} s, the other has all {time.monotonic() - asked:.1f} s later")
    goes = start(lane, "restarts", port)
    wait_for(lane, port, [2, 2], f"{which}, two members")
    stop(goes, signal.SIGTERM)
    time.sleep(3)
    require(members(lane, port) == [2, 2], f"{which}: after SIGTERM the shares are {members(lane, port)}")
    goes = start(lane, "restarts", port)
    wait_for(lane, port, [2, 2], f"{which}, the restarted one")
    log(f"{which}: SIGTERM keeps the partitions for a restart")
    for process in (goes, stays):
        stop(process, signal.SIGINT)


def run(lane):
    broker = free_port()
    lane.start("broker", [lane.weir, "broker", "--listen", f"127.0.0.1:{broker}", "--data-dir", lane.folder / "broker", "--topics", "orders",
                          "--partitions", "4"])
    time.sleep(1)
    against(lane, broker, "weir broker")
    against(lane, lane.start_kafka({"orders": 4}), "Apache Kafka")
