// The unmodified kafkajs client against a broker: everything it can do, each thing checked.
//   node kafkajs.mjs BROKER SECURE_BROKER CA_FILE STRANGER_CA_FILE USER PASSWORD
// Prints `ok WHAT` for each check, and `@kill` or `@term` where it wants the broker restarted while it works.
// WEIR_RESTARTS names the file that tells how many of those are done.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import kafkajs from "kafkajs";

const { Kafka, CompressionTypes, CompressionCodecs, ConfigResourceTypes, logLevel } = kafkajs;
const require = createRequire(import.meta.url);
const snappy = require("snappyjs"), lz4 = require("lz4js"), xxhash = require("lz4js/xxh32"), zstd = require("@bokuweb/zstd-wasm");

const [broker, secureBroker, caFile, strangerFile, user, password] = process.argv.slice(2);
const kafka = new Kafka({ clientId: "kafkajs-test", brokers: [broker], logLevel: logLevel.NOTHING, retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 30 } });
const admin = kafka.admin();

// kafkajs leaves these three codecs to others.
await zstd.init();
const codec = (compress, decompress) => () => ({ compress: async ({ buffer }) => Buffer.from(compress(buffer)), decompress: async (data) => Buffer.from(decompress(data)) });
CompressionCodecs[CompressionTypes.Snappy] = codec(snappy.compress, snappy.uncompress);
CompressionCodecs[CompressionTypes.LZ4] = codec(lz4Frame, lz4.decompress);
CompressionCodecs[CompressionTypes.ZSTD] = codec(zstd.compress, zstd.decompress);

// Kafka takes LZ4 frames with independent blocks only; lz4js does not set that flag, though a single block is independent.
function lz4Frame(data) {
  const frame = lz4.compress(data);
  frame[4] |= 0x20;
  frame[6] = (xxhash.hash(0, frame, 4, 2) >>> 8) & 0xff;
  return frame;
}

async function withProducer(options, use) {
  const producer = kafka.producer({ allowAutoTopicCreation: true, ...options });
  await producer.connect();
  try {
    return await use(producer);
  } finally {
    await producer.disconnect();
  }
}

// Starts a consumer of a group; its messages come into `seen` (as { partition, ...message }).
async function startConsumer(groupId, topic, options = {}) {
  const consumer = kafka.consumer({ groupId, sessionTimeout: 6000, heartbeatInterval: 500, maxWaitTimeInMs: 200, rebalanceTimeout: 8000, ...options });
  const seen = [];
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({ autoCommitInterval: 300, eachMessage: async ({ partition, message }) => void seen.push({ partition, ...message }) });
  return { consumer, seen, stop: () => consumer.disconnect() };
}

async function eventually(condition, what, patience = 40_000) {
  const deadline = Date.now() + patience;
  while (!(await condition())) {
    if (Date.now() > deadline) assert.fail(`not within ${patience / 1000} s: ${typeof what === "function" ? what() : what}`);
    await sleep(50);
  }
}

async function readAll(topic, count) {
  const reader = await startConsumer(`read-${topic}`, topic);
  await eventually(() => reader.seen.length >= count, () => `${topic}: ${reader.seen.length} of ${count} messages`);
  await reader.stop();
  assert.equal(reader.seen.length, count, `${topic}: more messages than were sent`);
  return reader.seen;
}

async function checkCodecs() {
  for (const [name, compression] of Object.entries({ none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 })) {
    const topic = `kafkajs-${name}`;
    const messages = Array.from({ length: 1000 }, (_, n) => ({ key: `key-${n % 7}`, value: `value ${n} ${"abc".repeat(n % 50)}`, headers: { codec: name, number: String(n) } }));
    await withProducer({}, async (producer) => {
      for (let at = 0; at < messages.length; at += 100) await producer.send({ topic, compression, messages: messages.slice(at, at + 100) });
    });
    const back = await readAll(topic, messages.length);
    back.forEach((message, n) => {
      assert.deepEqual([message.offset, String(message.key), String(message.value), String(message.headers.number)], [String(n), messages[n].key, messages[n].value, String(n)]);
    });
  }
  console.log("ok each codec with keys, headers, order");
}

async function checkNullsAndAcks() {
  for (const acks of [0, 1, -1]) {
    const topic = `kafkajs-acks${acks}`;
    const messages = [{ key: null, value: null }, { key: "", value: "" }, { key: "k", value: null }, { key: null, value: "v", headers: { a: Buffer.from([0, 255]) } }];
    await withProducer({}, (producer) => producer.send({ topic, acks, messages }));
    const back = await readAll(topic, messages.length);
    assert.deepEqual(back.map(({ key, value }) => [key && String(key), value && String(value)]), [[null, null], ["", ""], ["k", null], [null, "v"]]);
    assert.deepEqual([...back[3].headers.a], [0, 255]);
  }
  await withProducer({ idempotent: true, maxInFlightRequests: 5 }, async (producer) => {
    for (let n = 0; n < 50; ++n) await producer.send({ topic: "kafkajs-idempotent", messages: [{ value: String(n) }, { value: `${n}b` }] });
  });
  assert.equal((await readAll("kafkajs-idempotent", 100)).length, 100);
  console.log("ok acks 0, 1, all; null and empty keys and values; idempotent producer");
}

async function checkLarge() {
  await withProducer({}, async (producer) => {
    await producer.send({ topic: "kafkajs-large", messages: [{ value: Buffer.alloc(1_048_000, 120) }] });
    await assert.rejects(producer.send({ topic: "kafkajs-large", messages: [{ value: Buffer.alloc(1_060_000, 120) }] }), { type: "MESSAGE_TOO_LARGE" });
  });
  assert.equal((await readAll("kafkajs-large", 1))[0].value.length, 1_048_000);
  console.log("ok a message near the limit; MESSAGE_TOO_LARGE above it");
}

async function checkTimestamps() {
  const topic = "kafkajs-times", base = Date.now() - 3_600_000; // older than retention.ms would be deleted
  await withProducer({}, async (producer) => {
    for (let n = 0; n < 5; ++n) await producer.send({ topic, messages: [{ value: String(n), timestamp: String(base + n * 1000) }] });
  });
  const at = async (timestamp) => (await admin.fetchTopicOffsetsByTimestamp(topic, timestamp)).map(({ offset }) => offset);
  assert.deepEqual(await at(base), ["0"]);
  assert.deepEqual(await at(base + 1500), ["2"]);
  assert.deepEqual(await at(base + 4000), ["4"]);
  assert.deepEqual(await at(base + 9000), ["5"]); // none: kafkajs puts the end there
  const back = await readAll(topic, 5);
  assert.deepEqual(back.map(({ timestamp }) => Number(timestamp) - base), [0, 1000, 2000, 3000, 4000]);
  console.log("ok timestamps and offsets by time");
}

async function checkGroups() {
  const topic = "kafkajs-groups", group = "kafkajs-group";
  await admin.createTopics({ topics: [{ topic, numPartitions: 4 }], waitForLeaders: true });
  let sent = 0;
  const send = (count) => withProducer({}, (producer) => producer.send({ topic, messages: Array.from({ length: count }, () => ({ value: String(sent++), key: String(sent) })) }));
  await send(100);
  const first = await startConsumer(group, topic);
  const all = (...members) => new Set(members.flatMap(({ seen }) => seen.map(({ value }) => String(value))));
  await eventually(() => all(first).size === 100, () => `the first member has ${first.seen.length} of 100`);
  const second = await startConsumer(group, topic), third = await startConsumer(group, topic);
  const members = [first, second, third];
  await eventually(async () => (await admin.describeGroups([group])).groups[0].members.length === 3, "three members");
  await eventually(async () => (await send(20), await sleep(200), second.seen.length > 0 && third.seen.length > 0), "all three get some");
  await second.stop();
  await send(200);
  await eventually(() => all(...members).size === sent, () => `${all(...members).size} of ${sent} after a member left`);
  await first.stop();
  await third.stop();
  const ends = Object.fromEntries((await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, high]));
  const [{ partitions }] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
  for (const { partition, offset } of partitions) assert.equal(offset, ends[partition], `partition ${partition}: committed ${offset}, end ${ends[partition]}`);
  const later = await startConsumer(group, topic);
  await send(10);
  await eventually(() => later.seen.length >= 10, "the group goes on");
  await sleep(300);
  assert.equal(later.seen.length, 10, "a member that came later read what was committed");
  await later.stop();
  console.log("ok groups: members join and leave, offsets are committed and resumed");
}

async function checkAdmin() {
  const topic = "kafkajs-admin";
  assert.equal(await admin.createTopics({ topics: [{ topic, numPartitions: 2, configEntries: [{ name: "retention.ms", value: "3600000" }] }] }), true);
  assert.equal(await admin.createTopics({ topics: [{ topic }] }), false); // it exists
  await assert.rejects(admin.createTopics({ topics: [{ topic: "kafkajs-many", replicationFactor: 3 }] }));
  await assert.rejects(admin.createTopics({ topics: [{ topic: "not a name" }] }));
  assert.ok((await admin.listTopics()).includes(topic));
  await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] });
  const [{ partitions }] = (await admin.fetchTopicMetadata({ topics: [topic] })).topics;
  assert.deepEqual(partitions.map(({ partitionId }) => partitionId).sort(), [0, 1, 2]);
  await assert.rejects(admin.createPartitions({ topicPartitions: [{ topic, count: 2 }] }));
  const hasty = kafka.admin({ retry: { retries: 1 } });
  await hasty.connect();
  await assert.rejects(hasty.fetchTopicMetadata({ topics: ["kafkajs-unknown"] }));
  await hasty.disconnect();

  const config = async () => {
    const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }] });
    return Object.fromEntries(resources[0].configEntries.map(({ configName, configValue }) => [configName, configValue]));
  };
  assert.equal((await config())["retention.ms"], "3600000");
  await admin.alterConfigs({ validateOnly: false, resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries: [{ name: "retention.ms", value: "7200000" }] }] });
  await eventually(async () => (await config())["retention.ms"] === "7200000", "the altered setting");
  await assert.rejects(admin.alterConfigs({ validateOnly: false, resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries: [{ name: "no.such.setting", value: "1" }] }] }));

  await withProducer({}, (producer) => producer.send({ topic, messages: Array.from({ length: 10 }, (_, n) => ({ partition: 0, value: String(n) })) }));
  await admin.fetchTopicOffsets(topic); // kafkajs looks for the leader in what it happens to know already
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: "4" }] });
  const low = (await admin.fetchTopicOffsets(topic)).find(({ partition }) => partition === 0);
  assert.deepEqual([low.low, low.high], ["4", "10"]);

  const group = "kafkajs-admin-group";
  const reader = await startConsumer(group, topic);
  await eventually(() => reader.seen.length === 6, () => `${reader.seen.length} of the 6 records that are left`);
  const described = (await admin.describeGroups([group])).groups[0];
  assert.equal(described.state, "Stable");
  assert.equal(described.members.length, 1);
  assert.ok((await admin.listGroups()).groups.some(({ groupId }) => groupId === group));
  await assert.rejects(admin.deleteGroups([group])); // not empty
  await reader.stop();
  await admin.setOffsets({ groupId: group, topic, partitions: [{ partition: 0, offset: "7" }] });
  const committed = async () => (await admin.fetchOffsets({ groupId: group, topics: [topic] }))[0].partitions.find(({ partition }) => partition === 0).offset;
  assert.equal(await committed(), "7");
  await admin.resetOffsets({ groupId: group, topic, earliest: true });
  assert.ok(["4", "-2"].includes(await committed()), `reset to ${await committed()}`);
  await admin.deleteGroups([group]);
  assert.ok(!(await admin.listGroups()).groups.some(({ groupId }) => groupId === group));
  const cluster = await admin.describeCluster();
  assert.equal(cluster.brokers.length, 1);
  assert.ok(cluster.clusterId);
  await admin.deleteTopics({ topics: [topic] });
  await eventually(async () => !(await admin.listTopics()).includes(topic), "the topic is gone");
  console.log("ok admin: topics, partitions, configs, records, groups, offsets, cluster");
}

async function checkAutoCreation() {
  await withProducer({ allowAutoTopicCreation: false, retry: { retries: 2, initialRetryTime: 50 } }, (producer) =>
    assert.rejects(producer.send({ topic: "kafkajs-not-made", messages: [{ value: "x" }] })));
  assert.ok(!(await admin.listTopics()).includes("kafkajs-not-made"));
  await withProducer({ allowAutoTopicCreation: true }, (producer) => producer.send({ topic: "kafkajs-made", messages: [{ value: "x" }] }));
  assert.ok((await admin.listTopics()).includes("kafkajs-made"));
  console.log("ok topics come into being by use only where the client wants it");
}

async function checkSecurity() {
  const ca = [readFileSync(caFile)];
  // A new object each time: kafkajs keeps the authentication it made inside it.
  const as = (secret) => ({ mechanism: "plain", username: user, password: secret });
  const port = secureBroker.split(":")[1];
  const connect = async (brokers, options) => {
    const own = new Kafka({ brokers, logLevel: logLevel.NOTHING, connectionTimeout: 15_000, retry: { retries: 0 }, ...options });
    const producer = own.producer();
    await producer.connect();
    await producer.send({ topic: "kafkajs-secure", messages: [{ value: "hidden" }] });
    await producer.disconnect();
  };
  await connect([secureBroker], { ssl: { ca }, sasl: as(password), retry: { retries: 10 } });
  await assert.rejects(connect([secureBroker], { ssl: { ca }, sasl: as("wrong") }), { name: "KafkaJSSASLAuthenticationError" });
  await assert.rejects(connect([secureBroker], { ssl: { ca: [readFileSync(strangerFile)] }, sasl: as(password) }), /certificate|self.signed/);
  await assert.rejects(connect([`localhost:${port}`], { ssl: { ca, servername: "localhost" }, sasl: as(password) }), /altnames/);
  await assert.rejects(connect([secureBroker], { ssl: { ca } })); // no credentials
  await assert.rejects(connect([secureBroker], {})); // no TLS
  console.log("ok SASL over TLS: good, wrong password, wrong authority, wrong host name, without");
}

// An idempotent producer and a group while the broker is stopped, then killed. With retries for longer than the broker is away: kafkajs
// reuses the sequence numbers of a send that it gave up.
async function checkRestarts() {
  const topic = "kafkajs-restarts", total = 12_000;
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
  const reader = await startConsumer("kafkajs-restarts", topic);
  const patient = { retries: 500, initialRetryTime: 100, maxRetryTime: 500 };
  await withProducer({ idempotent: true, maxInFlightRequests: 1, retry: patient }, async (producer) => {
    for (let n = 0; n < total; n += 20) {
      await producer.send({ topic, messages: Array.from({ length: 20 }, (_, more) => ({ value: String(n + more) })) });
      if (n === 4000) console.log("@term");
      if (n === 8000) console.log("@kill");
      await sleep(3);
    }
  });
  // A restart that is late belongs to what was sent, not into the reading below.
  await eventually(() => readFileSync(process.env.WEIR_RESTARTS, "utf8") === "2", "the two restarts that were asked for", 60_000);
  await eventually(() => new Set(reader.seen.map(({ value }) => String(value))).size === total, () => `the group consumer has ${reader.seen.length} of ${total}`, 60_000);
  await reader.stop();
  const back = await readAll(topic, total);
  back.forEach(({ value, offset }, n) => assert.deepEqual([String(value), offset], [String(n), String(n)]));
  console.log(`ok broker stopped and killed while producing: ${total} records once and in order`);
}

await admin.connect();
for (const check of [checkCodecs, checkNullsAndAcks, checkLarge, checkTimestamps, checkGroups, checkAdmin, checkAutoCreation, checkSecurity, checkRestarts]) {
  const begun = Date.now();
  try {
    await check();
  } catch (error) {
    console.log(`${check.name} failed: ${error.stack}`);
    process.exit(1);
  }
  console.log(`${check.name}: ${((Date.now() - begun) / 1000).toFixed(1)} s`);
}
await admin.disconnect();
process.exit(0);
