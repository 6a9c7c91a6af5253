"""kafkajs, and a NestJS microservice with request and reply."""
import time

import wire
from harness import HERE, log, node_with_packages, require, tail, wait_for_line
from under_test import ON_KAFKA, PASSWORD, USER, Broker, drive, secured


def packages():
    return node_with_packages(HERE / "broker" / "node", "broker-node")


def kafkajs(lane):
    node, folder = packages()
    broker, secure = Broker(lane), secured(lane)
    command = [node, folder / "kafkajs.mjs", broker.address, secure.address, secure.tls.authority, secure.tls.stranger, USER, PASSWORD]
    drive(lane, "kafkajs", command, broker, 200)
    for codec in wire.CODECS:
        wire.check_codec(broker.port, f"kafkajs-{codec}", codec)
    for topic in ("kafkajs-idempotent", "kafkajs-restarts"):
        wire.check_idempotent(broker.port, topic)
    log("on the wire: each codec is what it says, idempotent batches carry a producer id")


def nest(lane, events=300):
    """Two instances of a service, one client, no topic made beforehand."""
    node, folder = packages()
    broker = Broker(lane, partitions=3)
    servers = []
    for name in ("one", "two"):
        servers.append(lane.start(f"server-{name}", [node, folder / "nest-server.mjs", broker.address, name]))
        wait_for_line(servers[-1], "listening after 1", "listening after" if ON_KAFKA else None)
    killed = lane.folder / "killed"
    client = lane.start("client", [node, folder / "nest-client.mjs", broker.address, events, killed])
    wait_for_line(client, "connected after 1", "connected after" if ON_KAFKA else None)
    wait_for_line(client, "@drop", patience=90)
    everything = {f"shipped {number}" for number in range(events)}
    deadline = time.monotonic() + 20
    while shipped(servers) != everything:
        require(time.monotonic() < deadline, f"{len(shipped(servers))} of {events} events came to the two servers")
        time.sleep(0.1)
    require(all(shipped([server]) for server in servers), "one of the two servers got no event")
    servers[1].kill()
    servers[1].wait()
    killed.touch()
    require(client.wait(90) == 0, f"the client ended with exit code {client.returncode}; {tail(client.log)}")
    for line in client.log.read_text(errors="replace").splitlines():
        if line.startswith("ok "):
            log(line[3:])


def shipped(servers):
    return {line for server in servers for line in server.log.read_text(errors="replace").splitlines() if line.startswith("shipped ")}
