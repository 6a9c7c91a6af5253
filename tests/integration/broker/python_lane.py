"""confluent-kafka (the newest librdkafka) and kafka-python (2.0.2 and 3.x)."""
import wire
from harness import HERE, log, python_with
from under_test import PASSWORD, USER, Broker, drive, secured

PROGRAMS = HERE / "broker" / "python"


def run(lane):
    broker, secure = Broker(lane), secured(lane)
    arguments = [broker.address, secure.address, secure.tls.authority, secure.tls.stranger, USER, PASSWORD]
    for name, program, requirements, topics, limit in (("confluent-kafka", "confluent.py", "confluent", "confluent", 200),
                                                       ("kafka-python-3", "kafka_python.py", "kafka-python-3", "kp3", 400),
                                                       ("kafka-python-2", "kafka_python.py", "kafka-python-2", "kp2", 200)):
        python = python_with(PROGRAMS / f"requirements-{requirements}.txt", f"broker-{name}")
        drive(lane, name, [python, PROGRAMS / program, *arguments], broker, limit)
        for codec in wire.CODECS:
            wire.check_codec(broker.port, f"{topics}-{codec}", codec)
    for topic in ("confluent-idempotent", "confluent-restarts", "kp3-restarts"):
        wire.check_idempotent(broker.port, topic)
    log("on the wire: each codec is what it says, idempotent batches carry a producer id")
