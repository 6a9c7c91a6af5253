"""What an application does with kurrentdbclient, unmodified, against `weir store`.  official.py PORT"""
import json
import sys
import threading
import uuid

from kurrentdbclient import KurrentDBClient, NewEvent, StreamState
from kurrentdbclient.exceptions import FailedPreconditionError, MaximumAppendSizeExceededError, NotFoundError, StreamIsDeletedError, WrongCurrentVersionError

client = KurrentDBClient(uri=f"kurrentdb://127.0.0.1:{sys.argv[1]}?Tls=false&DefaultDeadline=20")
STEPS = []


def step(function):
    STEPS.append(function)
    return function


def stream(name):
    return f"{name}-{uuid.uuid4()}"


def events(count, first=0):
    return [NewEvent(type="Tested", data=json.dumps({"n": first + i, "text": "Größe 価格"}).encode(), metadata=b'{"$correlationId":"c"}') for i in range(count)]


def numbers(recorded):
    return [json.loads(event.data)["n"] for event in recorded]


def fails(kind, function, *arguments, **options):
    try:
        function(*arguments, **options)
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was expected")


@step
def append_and_read():
    for sent in (events(1), events(4)):  # one event goes through Append, several through BatchAppend
        name = stream("plain")
        position = client.append_to_stream(name, current_version=StreamState.NO_STREAM, events=sent[0] if len(sent) == 1 else sent)
        assert position > 0
        found = client.get_stream(name)
        assert [(e.id, e.data, e.metadata, e.type, e.stream_position) for e in found] == [(e.id, e.data, e.metadata, e.type, i) for i, e in enumerate(sent)]
        assert client.get_current_version(name) == len(sent) - 1


@step
def binary():
    name = stream("binary")
    data = bytes(range(256))
    client.append_event(name, current_version=StreamState.ANY, event=NewEvent(type="Blob", data=data, content_type="application/octet-stream"))
    assert client.get_stream(name)[0].data == data


@step
def expected_versions():
    name = stream("expected")
    for many in (events(1)[0], events(2)):
        fails(WrongCurrentVersionError, client.append_to_stream, name, current_version=5, events=many)
        fails(WrongCurrentVersionError, client.append_to_stream, name, current_version=StreamState.EXISTS, events=many)
    client.append_to_stream(name, current_version=StreamState.NO_STREAM, events=events(2))
    client.append_to_stream(name, current_version=1, events=events(1)[0])
    client.append_to_stream(name, current_version=StreamState.EXISTS, events=events(2))
    for many in (events(1)[0], events(2)):
        fails(WrongCurrentVersionError, client.append_to_stream, name, current_version=StreamState.NO_STREAM, events=many)
        fails(WrongCurrentVersionError, client.append_to_stream, name, current_version=2, events=many)
    assert client.get_current_version(name) == 4


@step
def repeated_appends():
    for version in (StreamState.ANY, StreamState.NO_STREAM):
        name, sent = stream("repeat"), events(3)
        first = client.append_to_stream(name, current_version=version, events=sent)
        assert client.append_to_stream(name, current_version=version, events=sent) == first
        assert client.append_to_stream(name, current_version=version, events=sent[:1]) > 0
        assert len(client.get_stream(name)) == 3


@step
def size_limit():
    big = NewEvent(type="Big", data=b'"' + b"x" * 1_300_000 + b'"')
    fails(MaximumAppendSizeExceededError, client.append_to_stream, stream("big"), current_version=StreamState.ANY, events=[big])


@step
def both_directions():
    name = stream("long")
    for at in range(0, 1200, 300):
        client.append_to_stream(name, current_version=StreamState.NO_STREAM if at == 0 else at - 1, events=events(300, at))
    assert numbers(client.get_stream(name)) == list(range(1200))
    assert numbers(client.get_stream(name, backwards=True)) == list(range(1199, -1, -1))
    assert numbers(client.get_stream(name, stream_position=1000, limit=5)) == [1000, 1001, 1002, 1003, 1004]
    assert numbers(client.get_stream(name, stream_position=3, backwards=True)) == [3, 2, 1, 0]


@step
def missing_stream():
    fails(NotFoundError, client.get_stream, stream("missing"))
    assert client.get_current_version(stream("missing")) == StreamState.NO_STREAM


@step
def whole_log():
    name = stream("whole")
    client.append_to_stream(name, current_version=StreamState.ANY, events=events(20))
    with client.read_all(filter_include=[name], filter_by_stream_name=True, filter_by_prefix=True) as response:
        found = list(response)
    assert numbers(found) == list(range(20))
    positions = [event.commit_position for event in found]
    assert positions == sorted(set(positions))
    with client.read_all(commit_position=positions[10], filter_include=["Tested"]) as response:
        assert next(iter(response)).commit_position == positions[10]
    with client.read_all(backwards=True, limit=3) as response:
        assert numbers(list(response)) == [19, 18, 17]
    assert client.get_commit_position() == positions[-1]


@step
def stream_subscription():
    name = stream("live")
    client.append_to_stream(name, current_version=StreamState.NO_STREAM, events=events(30))
    with client.subscribe_to_stream(name) as subscription:
        writer = threading.Thread(target=append_more, args=(name, 30, 60))
        got = []
        for event in subscription:
            got.append(json.loads(event.data)["n"])
            if len(got) == 10:
                writer.start()
            if len(got) == 60:
                break
    writer.join()
    assert got == list(range(60))


def append_more(name, first, end):
    for number in range(first, end):
        client.append_to_stream(name, current_version=StreamState.ANY, events=events(1, number))


@step
def filtered_subscription():
    name = stream("filtered")
    start = client.get_commit_position()
    client.append_to_stream(name, current_version=StreamState.NO_STREAM, events=events(25))
    client.append_to_stream(stream("noise"), current_version=StreamState.NO_STREAM, events=events(200))
    with client.subscribe_to_all(commit_position=start, filter_include=[name], filter_by_stream_name=True, filter_by_prefix=True) as subscription:
        got = []
        for event in subscription:
            got.append(event)
            if len(got) == 25:
                break
    assert numbers(got) == list(range(25))


@step
def metadata():
    name = stream("meta")
    assert client.get_stream_metadata(name) == ({}, StreamState.NO_STREAM)
    client.append_to_stream(name, current_version=StreamState.ANY, events=events(8))
    client.set_stream_metadata(name, metadata={"$maxCount": 2, "owner": "tests"})
    assert client.get_stream_metadata(name) == ({"$maxCount": 2, "owner": "tests"}, 0)
    assert numbers(client.get_stream(name)) == [6, 7]
    fails(WrongCurrentVersionError, client.set_stream_metadata, name, metadata={}, current_version=7)


@step
def soft_delete():
    name = stream("soft")
    client.append_to_stream(name, current_version=StreamState.ANY, events=events(3))
    fails(WrongCurrentVersionError, client.delete_stream, name, current_version=9)
    client.delete_stream(name, current_version=2)
    fails(NotFoundError, client.get_stream, name)
    client.append_to_stream(name, current_version=StreamState.NO_STREAM, events=events(1, 3))
    assert [event.stream_position for event in client.get_stream(name)] == [3]


@step
def no_persistent_subscriptions():
    assert client.list_subscriptions() == []
    error = fails(Exception, client.create_subscription_to_stream, "group", stream("grouped"))
    assert "has no persistent subscriptions" in str(error), error


@step
def tombstone():
    name = stream("tomb")
    client.append_to_stream(name, current_version=StreamState.ANY, events=events(3))
    client.tombstone_stream(name, current_version=2)
    fails(StreamIsDeletedError, client.get_stream, name)
    fails(StreamIsDeletedError, client.append_to_stream, name, current_version=StreamState.ANY, events=events(1))
    # One event goes through Append, where the client has no name of its own for this error.
    error = fails(FailedPreconditionError, client.append_to_stream, name, current_version=StreamState.ANY, events=events(1)[0])
    assert "is deleted" in str(error)


@step
def gossip():
    members = client.read_gossip()
    assert len(members) == 1 and members[0].state == "NODE_STATE_LEADER", members


for function in STEPS:
    function()
    print(f"ok {function.__name__}", flush=True)
client.close()
print(f"{len(STEPS)} steps passed")
