// An unmodified kafkajs producer: order events at a steady rate, some of them broken; at least COUNT, and until STOP_FILE is there.
// Writes what it sent to a manifest, one JSON line each, and in the end says how many those are.
//   node produce.mjs BROKER TOPIC COUNT PER_SECOND BROKEN_PER_THOUSAND MANIFEST STOP_FILE
import { createHash, randomUUID } from "node:crypto";
import { createWriteStream, existsSync } from "node:fs";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Kafka, logLevel } from "kafkajs";

const [broker, topic, countText, rateText, brokenText, manifestPath, stopFile] = process.argv.slice(2);
const count = Number(countText), rate = Number(rateText), brokenPerThousand = Number(brokenText);
const orders = Array.from({ length: 1000 }, () => randomUUID());
const sent = new Map(orders.map((id) => [id, 0]));

const breakages = [
  (text) => Buffer.from(text.slice(0, Math.floor(text.length * 0.6))),
  (text) => Buffer.from(text.replace(/"eventId":"[^"]*"/, '"eventId":["not", "an id"]')),
  (text) => Buffer.from(text.replace(/"occurredOn":"[^"]*"/, '"occurredOn":"32 May 2026"')),
  (text) => Buffer.from(`[${text}]`),
  (text) => Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from([0x2c, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])]),
  () => Buffer.from("plain text, not JSON"),
];

function makeMessage(number) {
  const order = orders[Math.floor(Math.random() * orders.length)];
  const broken = (number * 7919) % 1000 < brokenPerThousand;
  const eventId = randomUUID();
  const version = broken ? 0 : sent.get(order) + 1;
  const data = { orderId: order, version, note: "Größe 価格 " + "x".repeat(number % 200), total: (number % 9973) / 100 };
  const text = JSON.stringify({
    eventId, eventType: "OrderChanged", aggregateId: order, aggregateType: "Order", aggregateVersion: version,
    occurredOn: new Date().toISOString(), correlationId: randomUUID(), data,
  });
  const headers = { "content-type": "application/json", "event-type": "OrderChanged", "x-number": String(number) };
  if (broken) {
    const value = breakages[Math.floor(number / 1000) % breakages.length](text);
    return { message: { key: order, value, headers }, record: { number, broken: true, key: order, value: value.toString("base64") } };
  }
  sent.set(order, version);
  const hash = createHash("sha256").update(JSON.stringify(data)).digest("hex");
  return { message: { key: order, value: text, headers }, record: { number, id: eventId, stream: `Order-${order}`, hash } };
}

const kafka = new Kafka({ clientId: "order-service", brokers: [broker], logLevel: logLevel.ERROR });
// Never gives up: a send that kafkajs abandons leaves its sequence numbers to the next one, which the broker then takes for a repeat.
const retry = { retries: 10_000, initialRetryTime: 100, maxRetryTime: 500 };
const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false, retry });
await producer.connect();
const manifest = createWriteStream(manifestPath);
const begun = Date.now();
let number = 0;
while (number < count || !existsSync(stopFile)) {
  const due = Math.min(number < count ? count : Infinity, Math.floor(((Date.now() - begun) / 1000) * rate) + 1, number + 500);
  const batch = [];
  for (; number < due; ++number) batch.push(makeMessage(number));
  if (batch.length > 0) {
    await producer.send({ topic, acks: -1, messages: batch.map((made) => made.message) });
    if (!manifest.write(batch.map((made) => JSON.stringify(made.record) + "\n").join(""))) await once(manifest, "drain");
  }
  await sleep(20);
}
manifest.end();
await once(manifest, "finish");
await producer.disconnect();
console.log(JSON.stringify({ sent: number, seconds: (Date.now() - begun) / 1000 }));
