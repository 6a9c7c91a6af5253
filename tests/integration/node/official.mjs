// What an application does with its official client, against `weir store`.  node official.mjs PACKAGE PORT
// PACKAGE is @eventstore/db-client or @kurrent/kurrentdb-client; they differ in a few names only.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

const [packageName, port] = process.argv.slice(2);
const lib = await import(packageName);
const kurrent = packageName.includes("kurrentdb");
const Client = kurrent ? lib.KurrentDBClient : lib.EventStoreDBClient;
const client = Client.connectionString(`${kurrent ? "kurrentdb" : "esdb"}://127.0.0.1:${port}?tls=false`);
const credentials = { username: "admin", password: "changeit" };
// The clients send an append with credentials of its own through Append, all others through BatchAppend.
const expecting = (revision, more = {}) => ({ [kurrent ? "streamState" : "expectedRevision"]: revision, ...more });
const { jsonEvent, binaryEvent } = lib;

let steps = 0;
const run = randomUUID(), blobType = `Blob-${run}`; // the store may have served another client's run before
const stream = (name) => `${name}-${randomUUID()}`;
const events = (count, first = 0) =>
  Array.from({ length: count }, (_, i) => jsonEvent({ id: randomUUID(), type: "Tested", data: { n: first + i, text: "Größe 価格" }, metadata: { $correlationId: "c" } }));

async function read(name, options) {
  const found = [];
  for await (const resolved of client.readStream(name, options)) found.push(resolved.event);
  return found;
}
async function all(options) {
  const found = [];
  for await (const resolved of client.readAll(options)) found.push(resolved.event);
  return found;
}
async function fails(promise, type, check = () => {}) {
  await assert.rejects(promise, (error) => {
    assert.equal(error.type, type, `${error}`);
    check(error);
    return true;
  });
}
async function step(name, body) {
  const begun = Date.now();
  try {
    const limit = sleep(20_000, "late", { ref: false });
    assert.notEqual(await Promise.race([body(), limit]), "late", "no answer within 20 s");
  } catch (error) {
    console.error(`FAILED ${packageName}: ${name}\n`, error);
    process.exit(1);
  }
  ++steps;
  console.log(`ok ${name} (${Date.now() - begun} ms)`);
}

for (const [path, options] of [["BatchAppend", {}], ["Append", { credentials }]]) {
  await step(`${path}: append and read back`, async () => {
    const name = stream("plain"), sent = events(3);
    const result = await client.appendToStream(name, sent, expecting("no_stream", options));
    assert.equal(result.success, true);
    assert.equal(result.nextExpectedRevision, 2n);
    assert.equal(typeof result.position?.commit, "bigint");
    const found = await read(name);
    assert.deepEqual(found.map((e) => [e.id, e.data, e.type, e.isJson, e.revision]), sent.map((e, i) => [e.id, e.data, "Tested", true, BigInt(i)]));
    assert.deepEqual(found[0].metadata, { $correlationId: "c" });
    assert.ok(Math.abs(Number(found[0].created) - Date.now()) < 600_000 || found[0].created instanceof Date);
  });

  await step(`${path}: binary event`, async () => {
    const name = stream("binary"), data = Buffer.from([0, 255, 254, 10, 0]);
    await client.appendToStream(name, binaryEvent({ type: blobType, data, metadata: Buffer.from([1, 0, 2]) }), options);
    const [found] = await read(name);
    assert.equal(found.isJson, false);
    assert.deepEqual(Buffer.from(found.data), data);
  });

  await step(`${path}: every expected revision`, async () => {
    const name = stream("expected");
    await fails(client.appendToStream(name, events(1), expecting("stream_exists", options)), "wrong-expected-version");
    await fails(client.appendToStream(name, events(1), expecting(0n, options)), "wrong-expected-version");
    await client.appendToStream(name, events(2), expecting("any", options));
    await client.appendToStream(name, events(1), expecting(1n, options));
    await client.appendToStream(name, events(1), expecting("stream_exists", options));
    await fails(client.appendToStream(name, events(1), expecting("no_stream", options)), "wrong-expected-version", (error) => {
      assert.equal(error.streamName, name);
      assert.equal(kurrent ? error.actualState : error.actualVersion, 3n);
    });
    await fails(client.appendToStream(name, events(1), expecting(1n, options)), "wrong-expected-version");
    await fails(client.appendToStream(name, events(1), expecting(9n, options)), "wrong-expected-version");
    assert.equal((await read(name)).length, 4);
  });

  await step(`${path}: a repeated append is written once`, async () => {
    for (const revision of ["any", "no_stream"]) {
      const name = stream("repeat"), sent = events(3);
      const first = await client.appendToStream(name, sent, expecting(revision, options));
      const second = await client.appendToStream(name, sent, expecting(revision, options));
      assert.equal(second.nextExpectedRevision, first.nextExpectedRevision);
      assert.equal((await read(name)).length, 3);
      const more = events(1);
      await client.appendToStream(name, more, expecting(2n, options));
      await client.appendToStream(name, more, expecting(2n, options));
      assert.equal((await read(name)).length, 4);
    }
  });

  await step(`${path}: an append over the size limit`, async () => {
    const big = jsonEvent({ type: "Big", data: { text: "x".repeat(1_300_000) } });
    await fails(client.appendToStream(stream("big"), big, options), "maximum-append-size-exceeded", (error) => assert.equal(Number(error.maxAppendSize), 1024 * 1024));
  });

  await step(`${path}: a type cut in the middle of an emoji is refused, and the client goes on`, async () => {
    const name = stream("half");
    const half = jsonEvent({ id: randomUUID(), type: "Half \ud83d", data: {} });
    await assert.rejects(client.appendToStream(name, [...events(1), half], options), /cannot be parsed/);
    await fails(read(name), "stream-not-found");
    await client.appendToStream(name, events(1), options);
    assert.equal((await read(name)).length, 1);
  });

  await step(`${path}: an empty append`, async () => {
    const result = await client.appendToStream(stream("empty"), [], options);
    assert.equal(result.success, true);
  });
}

await step("200 streams side by side", async () => {
  const names = Array.from({ length: 200 }, () => stream("side"));
  await Promise.all(names.map((name, i) => client.appendToStream(name, events(5, i * 5), expecting("no_stream"))));
  const found = await Promise.all(names.map((name) => read(name)));
  found.forEach((page, i) => assert.deepEqual(page.map((e) => e.data.n), [0, 1, 2, 3, 4].map((n) => i * 5 + n)));
});

const long = stream("long");
await step("2,500 events, read in both directions and in parts", async () => {
  const sent = events(2500);
  for (let at = 0; at < sent.length; at += 500) await client.appendToStream(long, sent.slice(at, at + 500), expecting(at === 0 ? "no_stream" : BigInt(at - 1)));
  const numbers = async (options) => (await read(long, options)).map((e) => e.data.n);
  const counted = Array.from({ length: 2500 }, (_, i) => i);
  assert.deepEqual(await numbers(), counted);
  assert.deepEqual(await numbers({ direction: "backwards", fromRevision: "end" }), [...counted].reverse());
  assert.deepEqual(await numbers({ fromRevision: 2490n }), counted.slice(2490));
  assert.deepEqual(await numbers({ fromRevision: 100n, maxCount: 40 }), counted.slice(100, 140));
  assert.deepEqual(await numbers({ direction: "backwards", fromRevision: 10n, maxCount: 5 }), [10, 9, 8, 7, 6]);
  assert.deepEqual(await numbers({ fromRevision: 5000n }), []);
});

await step("a missing stream", async () => {
  await fails(read(stream("missing")), "stream-not-found", (error) => assert.ok(error.streamName.startsWith("missing-")));
});

await step("$all in both directions, with a position and a filter", async () => {
  const everything = await all({ maxCount: 5000 });
  assert.ok(everything.length > 2500);
  assert.ok(everything.some((e) => e.streamId.startsWith("$")), "a fresh store has system events");
  for (let i = 1; i < everything.length; ++i) assert.ok(everything[i].position.commit > everything[i - 1].position.commit, "positions grow");
  const backwards = await all({ direction: "backwards", fromPosition: "end", maxCount: 10 });
  assert.equal(backwards.length, 10);
  assert.deepEqual(backwards.slice(0, 3).map((e) => e.data?.n), [2499, 2498, 2497]);
  const again = await all({ fromPosition: backwards[4].position, maxCount: 1 });
  assert.equal(again[0].id, backwards[4].id, "reading forwards includes the position");
  if (!kurrent) return; // the older client's reads know no filter
  const filtered = await all({ filter: lib.streamNameFilter({ prefixes: [long] }), maxCount: 5000 });
  assert.equal(filtered.length, 2500);
  const blobs = await all({ filter: lib.eventTypeFilter({ regex: `^Bl.b-${run}$` }) });
  assert.equal(blobs.length, 2);
});

// Collects what a subscription delivers until there are `wanted`, and ends it.
async function collect(subscription, wanted, onStart = async () => {}) {
  const got = [];
  const started = new Promise((resolve) => subscription.once("confirmation", resolve));
  const driver = started.then(onStart);
  for await (const resolved of subscription) {
    got.push(resolved.event);
    if (got.length >= wanted) break;
  }
  await driver;
  await subscription.unsubscribe();
  return got;
}

await step("a stream subscription catches up and goes live", async () => {
  const name = stream("live");
  await client.appendToStream(name, events(50));
  const got = await collect(client.subscribeToStream(name, { fromRevision: "start" }), 150, async () => {
    for (let i = 0; i < 10; ++i) await client.appendToStream(name, events(10, 50 + i * 10));
  });
  assert.deepEqual(got.map((e) => e.data.n), Array.from({ length: 150 }, (_, i) => i));
});

await step("a subscription starts after the given revision", async () => {
  const got = await collect(client.subscribeToStream(long, { fromRevision: 2496n }), 3);
  assert.deepEqual(got.map((e) => e.data.n), [2497, 2498, 2499]);
});

await step("a subscription to a stream that does not exist yet", async () => {
  const name = stream("later");
  const got = await collect(client.subscribeToStream(name), 2, () => client.appendToStream(name, events(2)));
  assert.equal(got.length, 2);
});

await step("a $all subscription with a filter and checkpoints", async () => {
  const name = stream("filtered");
  let checkpoints = 0;
  await client.appendToStream(name, events(20));
  const filter = lib.streamNameFilter({ prefixes: [name], checkpointInterval: 1, checkpointReached: async () => void ++checkpoints });
  const got = await collect(client.subscribeToAll({ fromPosition: "start", filter }), 30, () => client.appendToStream(name, events(10, 20)));
  assert.deepEqual(got.map((e) => e.data.n), Array.from({ length: 30 }, (_, i) => i));
  assert.ok(checkpoints > 0, "checkpoints arrive although little matches");
});

await step("a $all subscription from the end sees only what is new", async () => {
  const name = stream("fresh");
  const filter = lib.eventTypeFilter({ prefixes: ["Tested"] });
  const got = await collect(client.subscribeToAll({ fromPosition: "end", filter }), 5, () => client.appendToStream(name, events(5)));
  assert.ok(got.every((e) => e.streamId === name));
});

await step("stream metadata", async () => {
  const name = stream("meta");
  assert.equal((await client.getStreamMetadata(name)).metadata, undefined);
  await client.appendToStream(name, events(10));
  await client.setStreamMetadata(name, { maxCount: 3, owner: "tests" });
  const { metadata, metastreamRevision } = await client.getStreamMetadata(name);
  assert.equal(metadata.maxCount, 3);
  assert.equal(metadata.owner, "tests");
  assert.equal(typeof metastreamRevision, "bigint"); // the clients put the commit position there
  assert.deepEqual((await read(name)).map((e) => e.data.n), [7, 8, 9]);
  await client.setStreamMetadata(name, { truncateBefore: 9 });
  assert.deepEqual((await read(name)).map((e) => e.data.n), [9]);
});

await step("soft delete, and life after it", async () => {
  const name = stream("soft");
  await fails(client.deleteStream(stream("never")), "wrong-expected-version");
  await client.appendToStream(name, events(3));
  await fails(client.deleteStream(name, { expectedRevision: 9n }), "wrong-expected-version");
  await client.deleteStream(name, { expectedRevision: 2n });
  await fails(read(name), "stream-not-found");
  const result = await client.appendToStream(name, events(1, 3), expecting("no_stream"));
  assert.equal(result.nextExpectedRevision, 3n);
  assert.deepEqual((await read(name)).map((e) => [e.data.n, e.revision]), [[3, 3n]]);
});

await step("a stream that is there by its metadata alone can be deleted", async () => {
  for (const expectedRevision of ["no_stream", "any"]) {
    const name = stream("bare");
    await client.setStreamMetadata(name, { owner: "tests" });
    await client.deleteStream(name, { expectedRevision });
  }
});

await step("what the store does not have is said", async () => {
  const settings = lib.persistentSubscriptionToStreamSettingsFromDefaults();
  await assert.rejects(client.createPersistentSubscriptionToStream("s", "g", settings), /has no persistent subscriptions/);
  await assert.rejects(client.createProjection("p", "fromAll().when({})"), /has no projections/);
});

await step("ping and an append over HTTP", async () => {
  assert.equal((await client.HTTPRequest("GET", "/ping", {})).text, "Ping request successfully handled");
  const name = stream("web"), id = randomUUID();
  const headers = { "Content-Type": "application/json", "ES-EventType": "Posted" };
  const posted = await fetch(`http://127.0.0.1:${port}/streams/${name}`, { method: "POST", headers: { ...headers, "ES-EventId": id }, body: '{"n":1}' });
  assert.equal(posted.status, 201);
  assert.ok(posted.headers.get("location").endsWith(`/streams/${name}/0`));
  assert.equal((await fetch(`http://127.0.0.1:${port}/streams/${name}`, { method: "POST", headers, body: '{"n":2}' })).status, 201, "followed to an id");
  assert.deepEqual((await read(name)).map((e) => [e.type, e.data]), [["Posted", { n: 1 }], ["Posted", { n: 2 }]]);
});

await step("tombstone", async () => {
  const name = stream("tomb");
  await client.appendToStream(name, events(3));
  await client.tombstoneStream(name, { expectedRevision: 2n });
  await fails(read(name), "stream-deleted", (error) => assert.equal(error.streamName, name));
  await fails(client.appendToStream(name, events(1)), "stream-deleted");
  await fails(client.appendToStream(name, events(1), { credentials }), "stream-deleted");
});

await step("names that need care", async () => {
  for (const name of [`ü-価格 ${randomUUID()}`, `a/b?c=d&e#${randomUUID()}`, stream("x".repeat(500))]) {
    await client.appendToStream(name, events(1));
    const found = await read(name);
    assert.equal(found[0].streamId, name);
  }
});

await client.dispose();
console.log(`${steps} steps passed`);
process.exit(0);
