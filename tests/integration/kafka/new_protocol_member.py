"""A member of a group of the new consumer protocol (KIP-848), until it is terminated: new_protocol_member.py BROKERS GROUP TOPIC COUNT

Prints `consumed` when it has consumed that many records and committed them.
"""
import signal
import sys

from confluent_kafka import Consumer

brokers, group, topic, count = *sys.argv[1:4], int(sys.argv[4])
going = True


def stop(number, frame):
    global going
    going = False


signal.signal(signal.SIGTERM, stop)
consumer = Consumer({"bootstrap.servers": brokers, "group.id": group, "group.protocol": "consumer", "auto.offset.reset": "earliest", "enable.auto.commit": False})
consumer.subscribe([topic])
while going:
    message = consumer.poll(0.1)
    if message is None:
        continue
    if message.error():
        sys.exit(f"{message.error()}")
    count -= 1
    if count == 0:
        consumer.commit(asynchronous=False)
        print("consumed", flush=True)
consumer.close()
