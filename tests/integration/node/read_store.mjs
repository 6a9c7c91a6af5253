// The whole store, through the unmodified @eventstore/db-client, one JSON line per event of a stream with the prefix, in $all's order.
//   node read_store.mjs PORT PREFIX OUT
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { once } from "node:events";
import { EventStoreDBClient } from "@eventstore/db-client";

const [port, prefix, out] = process.argv.slice(2);
const client = EventStoreDBClient.connectionString(`esdb://127.0.0.1:${port}?tls=false&defaultDeadline=600000`);
const file = createWriteStream(out);
let seen = 0;
for await (const { event } of client.readAll({ direction: "forwards", fromPosition: "start" })) {
  if (!event || !event.streamId.startsWith(prefix)) continue;
  const hash = createHash("sha256").update(JSON.stringify(event.data)).digest("hex");
  const line = { stream: event.streamId, revision: Number(event.revision), id: event.id, type: event.type, hash };
  if (!file.write(JSON.stringify(line) + "\n")) await once(file, "drain");
  ++seen;
}
file.end();
await once(file, "finish");
await client.dispose();
console.log(JSON.stringify({ read: seen }));
