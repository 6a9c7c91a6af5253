"""The clients of the kill lane, on confluent-kafka; each writes one JSON line per record: [partition, offset, value].

   kill_clients.py produce BROKER TOPIC OUT STOP_FILE   idempotent, acks=all, until STOP_FILE is there; only what was acknowledged
   kill_clients.py follow BROKER TOPIC OUT STOP_FILE    a group, until STOP_FILE is there
   kill_clients.py read BROKER TOPIC OUT                everything, partition by partition
"""
import json
import pathlib
import sys
import time

from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition

mode, broker, topic, out, *stop = sys.argv[1:]
stop_file = pathlib.Path(stop[0]) if stop else None
common = {"bootstrap.servers": broker, "reconnect.backoff.max.ms": 200, "log_level": 0}
lines = open(out, "w", buffering=1)


def note(message):
    lines.write(json.dumps([message.partition(), message.offset(), message.value().decode()]) + "\n")


def produce():
    def delivered(error, message):
        # librdkafka gives up for good when a sequence number does not fit: that is for the test to see.
        if error is not None:
            print(f"not delivered: {error}", flush=True)
            sys.exit(3)
        note(message)

    producer = Producer({**common, "enable.idempotence": True, "acks": "all", "linger.ms": 1, "batch.num.messages": 100, "message.timeout.ms": 300000,
                         "request.timeout.ms": 5000, "queue.buffering.max.messages": 20000})
    number = 0
    while not stop_file.exists():
        try:
            producer.produce(topic, str(number), partition=number % 3, on_delivery=delivered)
            number += 1
        except BufferError:
            producer.poll(0.05)  # the broker is away: wait
        if number % 50 == 0:
            producer.poll(0.01)
    if producer.flush(120) != 0:
        sys.exit("what was produced is not acknowledged within two minutes")
    print(f"{number} produced", flush=True)


def follow():
    consumer = Consumer({**common, "group.id": "followers", "auto.offset.reset": "earliest", "session.timeout.ms": 6000, "auto.commit.interval.ms": 300})
    consumer.subscribe([topic])
    while not stop_file.exists():
        for message in consumer.consume(1000, 0.2):
            if message.error() is None:
                note(message)
            elif message.error().code() not in (KafkaError._ALL_BROKERS_DOWN, KafkaError._TRANSPORT):
                print(f"consumer: {message.error()}", flush=True)
    consumer.close()


def read():
    consumer = Consumer({**common, "group.id": "reader"})
    for partition in range(3):
        low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), 20)
        consumer.assign([TopicPartition(topic, partition, low)])
        deadline = time.monotonic() + 120
        at = low
        while at < high:
            if time.monotonic() > deadline:
                sys.exit(f"partition {partition}: nothing more at {at} of {high}")
            for message in consumer.consume(5000, 0.5):
                if message.error() is None:
                    note(message)
                    at = message.offset() + 1
    consumer.close()


{"produce": produce, "follow": follow, "read": read}[mode]()
