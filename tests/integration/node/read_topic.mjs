// Everything on a topic, through an unmodified kafkajs consumer, one JSON line per record.
//   node read_topic.mjs BROKER TOPIC COUNT OUT          ends after COUNT records
import { createWriteStream } from "node:fs";
import { once } from "node:events";
import { Kafka, logLevel } from "kafkajs";

const [broker, topic, countText, out] = process.argv.slice(2);
const wanted = Number(countText);
const kafka = new Kafka({ clientId: "reader", brokers: [broker], logLevel: logLevel.ERROR });
const file = createWriteStream(out);
let seen = 0;
let finish;
const finished = new Promise((resolve) => (finish = resolve));
const consumer = kafka.consumer({ groupId: `reader-${process.pid}` });
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
const text = (value) => (Array.isArray(value) ? value.map((one) => one.toString()) : value?.toString() ?? null);
await consumer.run({
  eachMessage: async ({ partition, message }) => {
    const headers = Object.fromEntries(Object.entries(message.headers ?? {}).map(([name, value]) => [name, text(value)]));
    file.write(JSON.stringify({ partition, offset: message.offset, key: message.key?.toString() ?? null,
      value: message.value?.toString("base64") ?? null, headers }) + "\n");
    if (++seen >= wanted) finish();
  },
});
if (wanted > 0) await finished;
await consumer.disconnect();
file.end();
await once(file, "finish");
console.log(JSON.stringify({ read: seen }));
