// A NestJS microservice: answers `orders.price`, notes `orders.shipped`.
//   node nest-server.mjs BROKER NAME
import "reflect-metadata";
import { setTimeout as sleep } from "node:timers/promises";
import { Controller, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { EventPattern, MessagePattern, Transport } from "@nestjs/microservices";

const [broker, name] = process.argv.slice(2);

class Orders {
  price(order) {
    return { order: order.id, total: order.pieces * 3, by: name };
  }
  shipped(event) {
    console.log(`shipped ${event.number}`);
  }
}

// Decorators by hand: this is JavaScript.
const method = (key) => Object.getOwnPropertyDescriptor(Orders.prototype, key);
MessagePattern("orders.price")(Orders.prototype, "price", method("price"));
EventPattern("orders.shipped")(Orders.prototype, "shipped", method("shipped"));
Controller()(Orders);
class App {}
Module({ controllers: [Orders] })(App);

const options = {
  client: { clientId: name, brokers: [broker], retry: { retries: 30, initialRetryTime: 100, maxRetryTime: 1000 } },
  consumer: { groupId: "orders", sessionTimeout: 6000, heartbeatInterval: 500, rebalanceTimeout: 6000, maxWaitTimeInMs: 100, allowAutoTopicCreation: true },
  subscribe: { fromBeginning: true },
};

// A real Kafka makes a topic only after it has answered that there is none, and kafkajs takes that for its last word.
for (let attempt = 1; ; ++attempt) {
  const app = await NestFactory.createMicroservice(App, { transport: Transport.KAFKA, logger: ["error", "warn"], options });
  try {
    await app.listen();
    console.log(`listening after ${attempt}`);
    break;
  } catch (error) {
    console.log(error.message);
    if (attempt === 10) process.exit(1);
    await sleep(300);
  }
}
