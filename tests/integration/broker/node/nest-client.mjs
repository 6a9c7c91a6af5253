// A NestJS client of nest-server.mjs: request and reply over topics that nobody made beforehand, then events.
//   node nest-client.mjs BROKER EVENTS KILLED_FILE
// Prints `ok WHAT` for each check; `@drop` when one of the two servers is to be killed, and goes on when KILLED_FILE is there.
import "reflect-metadata";
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { ClientKafka } from "@nestjs/microservices";
import { firstValueFrom, timeout } from "rxjs";

const [broker, events, killedFile] = process.argv.slice(2);
const options = {
  client: { clientId: "shop", brokers: [broker], retry: { retries: 30, initialRetryTime: 100, maxRetryTime: 1000 } },
  consumer: { groupId: "shop", maxWaitTimeInMs: 100, allowAutoTopicCreation: true },
};
let client;
// As in nest-server.mjs.
for (let attempt = 1; ; ++attempt) {
  client = new ClientKafka(options);
  client.subscribeToResponseOf("orders.price");
  try {
    await client.connect();
    console.log(`connected after ${attempt}`);
    break;
  } catch (error) {
    console.log(error.message);
    if (attempt === 10) process.exit(1);
    await sleep(300);
  }
}

const ask = async (id, patience = 10_000) => {
  const reply = await firstValueFrom(client.send("orders.price", { key: `order-${id}`, value: { id, pieces: id + 1 } }).pipe(timeout(patience)));
  assert.deepEqual([reply.order, reply.total], [id, (id + 1) * 3]);
  return reply.by;
};

let begun = Date.now();
await ask(0);
const first = Date.now() - begun;
assert.ok(first < 5000, `the first reply took ${first} ms`);
const servers = new Set();
begun = Date.now();
for (let id = 1; id <= 200; id += 10) for (const by of await Promise.all(Array.from({ length: 10 }, (_, more) => ask(id + more)))) servers.add(by);
assert.equal(servers.size, 2, `replies came from ${[...servers]} only`);
console.log(`ok 201 requests answered by ${servers.size} servers, the first after ${first} ms, then ${((Date.now() - begun) / 200).toFixed(1)} ms each`);

for (let number = 0; number < Number(events); ++number) await firstValueFrom(client.emit("orders.shipped", { key: `${number}`, value: { number } }));
console.log(`ok ${events} events emitted`);

console.log("@drop");
for (const deadline = Date.now() + 60_000; !existsSync(killedFile); await sleep(50)) assert.ok(Date.now() < deadline, "no server was killed within 60 s");
// What went to the dead server's partitions is answered when its session has run out and the other one has them.
const after = new Set(await Promise.all(Array.from({ length: 30 }, (_, id) => ask(1000 + id, 40_000))));
assert.equal(after.size, 1, `after the kill replies came from ${[...after]}`);
console.log("ok a killed server's share is answered by the other one");
await client.close();
