import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.*;

// Apache Kafka's own Java client against a broker: what the command-line tools do not reach.
//   java Probe BROKER SECURE_BROKER CA_FILE STRANGER_CA_FILE USER PASSWORD
// Prints `ok WHAT` for each check, and `@kill` or `@term` where it wants the broker restarted while it works.
// WEIR_RESTARTS names the file that tells how many of those are done.
public class Probe {
  static String broker;
  static Admin admin;

  interface Check {
    void run() throws Exception;
  }

  public static void main(String[] arguments) throws Exception {
    broker = arguments[0];
    admin = Admin.create(properties());
    Map<String, Check> checks = new java.util.LinkedHashMap<>();
    checks.put("codecs", Probe::codecs);
    checks.put("acks", Probe::acks);
    checks.put("large", Probe::large);
    checks.put("times", Probe::times);
    checks.put("groups", Probe::groups);
    checks.put("static members", Probe::staticMembers);
    checks.put("admin", Probe::adminSurface);
    checks.put("security", () -> security(arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]));
    checks.put("restarts", Probe::restarts);
    for (Map.Entry<String, Check> check : checks.entrySet()) {
      long begun = System.currentTimeMillis();
      try {
        check.getValue().run();
      } catch (Throwable failure) {
        System.out.println("FAILED " + check.getKey());
        failure.printStackTrace(System.out);
        System.exit(1);
      }
      System.out.println(check.getKey() + ": " + (System.currentTimeMillis() - begun) + " ms");
    }
    System.exit(0);
  }

  static void require(boolean condition, String text) {
    if (!condition) throw new AssertionError(text);
  }

  static void ok(String what) {
    System.out.println("ok " + what);
  }

  static void eventually(BooleanSupplier condition, Supplier<String> what) throws InterruptedException {
    long deadline = System.currentTimeMillis() + 60_000;
    while (!condition.getAsBoolean()) {
      require(System.currentTimeMillis() < deadline, "not within 60 s: " + what.get());
      Thread.sleep(20);
    }
  }

  static <T extends Throwable> void refused(Class<T> wanted, Check what) throws Exception {
    try {
      what.run();
    } catch (Throwable failure) {
      Throwable cause = failure instanceof ExecutionException ? failure.getCause() : failure;
      require(wanted.isInstance(cause), "wanted " + wanted.getSimpleName() + ", got " + cause);
      return;
    }
    throw new AssertionError("no " + wanted.getSimpleName());
  }

  static Properties properties(String... more) {
    Properties all = new Properties();
    all.put("bootstrap.servers", broker);
    all.put("reconnect.backoff.max.ms", "500");
    for (int at = 0; at < more.length; at += 2) all.put(more[at], more[at + 1]);
    return all;
  }

  static KafkaProducer<String, String> producer(String... more) {
    Properties all = properties(more);
    all.put("key.serializer", "org.apache.kafka.common.serialization.StringSerializer");
    all.put("value.serializer", "org.apache.kafka.common.serialization.StringSerializer");
    return new KafkaProducer<>(all);
  }

  static KafkaConsumer<String, String> consumer(String... more) {
    Properties all = properties("auto.offset.reset", "earliest", "session.timeout.ms", "6000", "heartbeat.interval.ms", "300",
        "auto.commit.interval.ms", "200", "max.poll.interval.ms", "20000");
    for (int at = 0; at < more.length; at += 2) all.put(more[at], more[at + 1]);
    all.put("key.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
    all.put("value.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
    return new KafkaConsumer<>(all);
  }

  static List<ConsumerRecord<String, String>> readAll(String topic, int partition, int count) {
    List<ConsumerRecord<String, String>> found = new ArrayList<>();
    try (KafkaConsumer<String, String> reader = consumer()) {
      TopicPartition place = new TopicPartition(topic, partition);
      reader.assign(List.of(place));
      reader.seekToBeginning(List.of(place));
      long deadline = System.currentTimeMillis() + 60_000;
      while (found.size() < count) {
        require(System.currentTimeMillis() < deadline, topic + ": " + found.size() + " of " + count + " records");
        reader.poll(Duration.ofMillis(200)).forEach(found::add);
      }
      long end = reader.endOffsets(List.of(place)).get(place);
      require(end == found.get(found.size() - 1).offset() + 1, topic + ": the end is " + end);
    }
    return found;
  }

  static void codecs() throws Exception {
    for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
      String topic = "java-" + codec;
      create(topic, 1);
      try (KafkaProducer<String, String> producer = producer("compression.type", codec, "linger.ms", "5")) {
        for (int n = 0; n < 5000; ++n) {
          ProducerRecord<String, String> record =
              new ProducerRecord<>(topic, 0, n % 10 == 0 ? null : "key-" + n % 9, n % 100 == 0 ? null : "value " + n + "abc".repeat(n % 60));
          record.headers().add("codec", codec.getBytes(StandardCharsets.UTF_8)).add("null", null);
          producer.send(record);
        }
      }
      int n = 0;
      for (ConsumerRecord<String, String> record : readAll(topic, 0, 5000)) {
        require(record.offset() == n, topic + ": offset " + record.offset() + " at " + n);
        require(java.util.Objects.equals(record.key(), n % 10 == 0 ? null : "key-" + n % 9), topic + ": key of " + n);
        require(java.util.Objects.equals(record.value(), n % 100 == 0 ? null : "value " + n + "abc".repeat(n % 60)), topic + ": value of " + n);
        require(new String(record.headers().lastHeader("codec").value()).equals(codec), topic + ": header of " + n);
        require(record.headers().lastHeader("null").value() == null, topic + ": null header of " + n);
        ++n;
      }
    }
    ok("each codec with keys, headers, nulls, order; idempotent by default");
  }

  static void acks() throws Exception {
    for (String acks : List.of("0", "1", "all")) {
      String topic = "java-acks-" + acks;
      create(topic, 1);
      try (KafkaProducer<String, String> producer = producer("acks", acks, "enable.idempotence", "false")) {
        for (int n = 0; n < 500; ++n) producer.send(new ProducerRecord<>(topic, "" + n)).get();
      }
      int n = 0;
      for (ConsumerRecord<String, String> record : readAll(topic, 0, 500)) require(record.value().equals("" + n++), topic + ": order");
    }
    ok("acks 0, 1, all");
  }

  static void large() throws Exception {
    create("java-large", 1);
    try (KafkaProducer<String, String> producer = producer("max.request.size", "9000000", "buffer.memory", "50000000")) {
      producer.send(new ProducerRecord<>("java-large", "x".repeat(1_048_000))).get();
      refused(RecordTooLargeException.class, () -> producer.send(new ProducerRecord<>("java-large", "x".repeat(1_060_000))).get());
    }
    require(readAll("java-large", 0, 1).get(0).value().length() == 1_048_000, "the large record");
    ok("a record near the limit; RecordTooLargeException above it");
  }

  static void times() throws Exception {
    create("java-times", 1);
    TopicPartition place = new TopicPartition("java-times", 0);
    long base = System.currentTimeMillis() - 3_600_000; // older than retention.ms would be deleted
    try (KafkaProducer<String, String> producer = producer()) {
      for (int n = 0; n < 5; ++n) producer.send(new ProducerRecord<>("java-times", 0, base + n * 1000, "", "" + n)).get();
    }
    try (KafkaConsumer<String, String> reader = consumer()) {
      OffsetAndTimestamp found = reader.offsetsForTimes(Map.of(place, base + 1500)).get(place);
      require(found.offset() == 2 && found.timestamp() == base + 2000, "offset by time: " + found);
      require(reader.offsetsForTimes(Map.of(place, base + 9000)).get(place) == null, "there is nothing as late");
      require(reader.beginningOffsets(List.of(place)).get(place) == 0 && reader.endOffsets(List.of(place)).get(place) == 5, "beginning and end");
    }
    Map<OffsetSpec, Long> wanted = Map.of(OffsetSpec.earliest(), 0L, OffsetSpec.latest(), 5L, OffsetSpec.maxTimestamp(), 4L, OffsetSpec.forTimestamp(base + 1), 1L);
    for (Map.Entry<OffsetSpec, Long> one : wanted.entrySet()) {
      long offset = admin.listOffsets(Map.of(place, one.getKey())).partitionResult(place).get().offset();
      require(offset == one.getValue(), one.getKey().getClass().getSimpleName() + ": " + offset);
    }
    ok("timestamps, offsets by time, list offsets");
  }

  // A member of a group on a thread of its own.
  static class Member extends Thread {
    final ConcurrentLinkedQueue<String> seen = new ConcurrentLinkedQueue<>();
    final AtomicInteger revoked = new AtomicInteger(), assigned = new AtomicInteger(), partitions = new AtomicInteger();
    final KafkaConsumer<String, String> consumer;
    volatile Throwable failure;

    Member(String topic, String... properties) {
      consumer = consumer(properties);
      consumer.subscribe(List.of(topic), new ConsumerRebalanceListener() {
        public void onPartitionsRevoked(Collection<TopicPartition> them) {
          if (!them.isEmpty()) revoked.incrementAndGet();
          partitions.addAndGet(-them.size());
        }

        public void onPartitionsAssigned(Collection<TopicPartition> them) {
          assigned.incrementAndGet();
          partitions.addAndGet(them.size());
        }

        public void onPartitionsLost(Collection<TopicPartition> them) {
          partitions.addAndGet(-them.size());
        }
      });
      start();
    }

    public void run() {
      try {
        while (!isInterrupted()) consumer.poll(Duration.ofMillis(100)).forEach(record -> seen.add(record.value()));
      } catch (WakeupException end) {
        // asked to
      } catch (Throwable other) {
        failure = other;
      }
      consumer.close();
    }

    void leave() throws InterruptedException {
      consumer.wakeup();
      join(20_000);
      require(!isAlive(), "a consumer does not close");
    }
  }

  static Set<String> union(Member... members) {
    Set<String> all = new HashSet<>();
    for (Member member : members) all.addAll(member.seen);
    return all;
  }

  static int sent;

  static void send(String topic, int count) {
    try (KafkaProducer<String, String> producer = producer()) {
      for (int n = 0; n < count; ++n, ++sent) producer.send(new ProducerRecord<>(topic, "key" + sent, "" + sent));
    }
  }

  static void groups() throws Exception {
    for (String assignor : List.of("Range", "RoundRobin", "Sticky", "CooperativeSticky")) {
      String topic = "java-group-" + assignor;
      create(topic, 6);
      sent = 0;
      String[] how = {"group.id", topic, "partition.assignment.strategy", "org.apache.kafka.clients.consumer." + assignor + "Assignor"};
      Member first = new Member(topic, how);
      send(topic, 600);
      eventually(() -> first.seen.size() == 600, () -> assignor + ": the first member has " + first.seen.size());
      Member second = new Member(topic, how), third = new Member(topic, how);
      eventually(() -> first.partitions.get() == 2 && second.partitions.get() == 2 && third.partitions.get() == 2,
          () -> assignor + ": partitions " + first.partitions + " " + second.partitions + " " + third.partitions);
      send(topic, 600);
      eventually(() -> union(first, second, third).size() == 1200, () -> assignor + ": " + union(first, second, third).size() + " of 1200");
      first.leave();
      send(topic, 600);
      eventually(() -> union(first, second, third).size() == 1800, () -> assignor + ": " + union(first, second, third).size() + " of 1800");
      second.leave();
      third.leave();
      int all = first.seen.size() + second.seen.size() + third.seen.size();
      require(all == 1800, assignor + ": " + all + " records were handed out instead of 1800");
      if (assignor.equals("CooperativeSticky")) require(first.partitions.get() == 0, "everything was given back");
      Member later = new Member(topic, how);
      send(topic, 10);
      eventually(() -> later.seen.size() >= 10, () -> assignor + ": the later member has " + later.seen.size());
      later.leave();
      require(later.seen.size() == 10, assignor + ": the later member read " + later.seen.size() + " records instead of the 10 new ones");
    }
    ok("groups by range, roundrobin, sticky, cooperative-sticky: join, leave, resume, each record handed out once");
  }

  static void staticMembers() throws Exception {
    String topic = "java-static";
    create(topic, 4);
    sent = 0;
    Member stays = new Member(topic, "group.id", topic, "group.instance.id", "stays", "session.timeout.ms", "20000");
    Member goes = new Member(topic, "group.id", topic, "group.instance.id", "goes", "session.timeout.ms", "20000");
    eventually(() -> stays.partitions.get() == 2 && goes.partitions.get() == 2, () -> "partitions " + stays.partitions + " " + goes.partitions);
    int assigned = stays.assigned.get(), revoked = stays.revoked.get();
    goes.leave(); // a static member does not say good-bye
    send(topic, 200);
    Member again = new Member(topic, "group.id", topic, "group.instance.id", "goes", "session.timeout.ms", "20000");
    eventually(() -> union(stays, again).size() == 200, () -> "static: " + union(stays, again).size() + " of 200");
    require(stays.assigned.get() == assigned && stays.revoked.get() == revoked, "the other static member went through a rebalance");
    // Another one with the same name: the first is fenced.
    Member twin = new Member(topic, "group.id", topic, "group.instance.id", "goes", "session.timeout.ms", "20000");
    eventually(() -> again.failure instanceof FencedInstanceIdException, () -> "the older twin is not fenced: " + again.failure);
    MemberToRemove gone = new MemberToRemove("goes");
    twin.leave();
    admin.removeMembersFromConsumerGroup(topic, new RemoveMembersFromConsumerGroupOptions(Set.of(gone))).all().get();
    eventually(() -> stays.partitions.get() == 4, () -> "the removed member's partitions: " + stays.partitions);
    stays.leave();
    ok("static members: back without a rebalance, twins fenced, removed by the admin");
  }

  static void create(String topic, int partitions) throws Exception {
    admin.createTopics(List.of(new NewTopic(topic, Optional.of(partitions), Optional.empty()))).all().get();
  }

  static String setting(ConfigResource resource, String name) throws Exception {
    return admin.describeConfigs(List.of(resource)).all().get().get(resource).get(name).value();
  }

  static void awaitSetting(ConfigResource resource, String name, String value) throws Exception {
    for (int turn = 0; !setting(resource, name).equals(value); ++turn) {
      require(turn < 100, name + " is " + setting(resource, name));
      Thread.sleep(50);
    }
  }

  static void adminSurface() throws Exception {
    String topic = "java-admin";
    CreateTopicsResult created = admin.createTopics(List.of(new NewTopic(topic, 2, (short) 1).configs(Map.of("retention.ms", "3600000"))));
    created.all().get();
    require(created.numPartitions(topic).get() == 2 && created.topicId(topic).get() != null, "what was created");
    refused(TopicExistsException.class, () -> create(topic, 1));
    refused(InvalidTopicException.class, () -> create("not a name", 1));
    refused(InvalidPartitionsException.class, () -> create("java-no-partitions", 0));
    refused(InvalidReplicationFactorException.class, () -> admin.createTopics(List.of(new NewTopic("java-many", 1, (short) 3))).all().get());
    refused(InvalidConfigurationException.class,
        () -> admin.createTopics(List.of(new NewTopic("java-config", 1, (short) 1).configs(Map.of("no.such", "1")))).all().get());
    admin.createTopics(List.of(new NewTopic("java-only-checked", 1, (short) 1)), new CreateTopicsOptions().validateOnly(true)).all().get();
    require(!admin.listTopics().names().get().contains("java-only-checked"), "validate only");
    require(admin.listTopics().names().get().contains(topic), "list topics");
    TopicDescription described = admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
    require(described.partitions().size() == 2 && described.partitions().get(0).leader().id() == described.partitions().get(0).isr().get(0).id(), "" + described);
    require(admin.describeTopics(TopicCollection.ofTopicIds(List.of(described.topicId()))).allTopicIds().get().get(described.topicId()).name().equals(topic),
        "described by id");
    refused(UnknownTopicOrPartitionException.class, () -> admin.describeTopics(List.of("java-unknown")).allTopicNames().get());
    admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(3))).all().get();
    refused(InvalidPartitionsException.class, () -> admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(2))).all().get());
    for (int turn = 0; admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().size() != 3; ++turn) {
      require(turn < 100, "three partitions");
      Thread.sleep(50);
    }

    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    require(setting(resource, "retention.ms").equals("3600000"), "retention.ms");
    admin.incrementalAlterConfigs(Map.of(resource, List.of(new AlterConfigOp(new ConfigEntry("retention.ms", "7200000"), AlterConfigOp.OpType.SET),
        new AlterConfigOp(new ConfigEntry("max.message.bytes", "2000"), AlterConfigOp.OpType.SET)))).all().get();
    awaitSetting(resource, "retention.ms", "7200000");
    try (KafkaProducer<String, String> producer = producer()) {
      refused(RecordTooLargeException.class, () -> producer.send(new ProducerRecord<>(topic, 0, "k", "x".repeat(3000))).get());
    }
    admin.incrementalAlterConfigs(Map.of(resource, List.of(new AlterConfigOp(new ConfigEntry("retention.ms", ""), AlterConfigOp.OpType.DELETE),
        new AlterConfigOp(new ConfigEntry("max.message.bytes", ""), AlterConfigOp.OpType.DELETE)))).all().get();
    awaitSetting(resource, "retention.ms", "604800000");
    refused(InvalidConfigurationException.class, () -> admin.incrementalAlterConfigs(
        Map.of(resource, List.of(new AlterConfigOp(new ConfigEntry("no.such", "1"), AlterConfigOp.OpType.SET)))).all().get());
    String id = admin.describeCluster().nodes().get().iterator().next().idString();
    Config node = admin.describeConfigs(List.of(new ConfigResource(ConfigResource.Type.BROKER, id))).all().get().values().iterator().next();
    require(!node.entries().isEmpty(), "settings of the broker");

    try (KafkaProducer<String, String> producer = producer()) {
      for (int n = 0; n < 10; ++n) producer.send(new ProducerRecord<>(topic, 0, "k", "" + n)).get();
    }
    TopicPartition place = new TopicPartition(topic, 0);
    require(admin.deleteRecords(Map.of(place, RecordsToDelete.beforeOffset(4))).lowWatermarks().get(place).get().lowWatermark() == 4, "delete records");
    refused(org.apache.kafka.common.errors.OffsetOutOfRangeException.class, () -> admin.deleteRecords(Map.of(place, RecordsToDelete.beforeOffset(99))).all().get());
    require(admin.listOffsets(Map.of(place, OffsetSpec.earliest())).partitionResult(place).get().offset() == 4, "log start");

    String group = "java-admin-group";
    Member member = new Member(topic, "group.id", group);
    eventually(() -> member.seen.size() == 6, () -> member.seen.size() + " of the 6 records that are left");
    ConsumerGroupDescription state = admin.describeConsumerGroups(List.of(group)).all().get().get(group);
    require(state.members().size() == 1 && state.members().iterator().next().assignment().topicPartitions().size() == 3, "" + state);
    require(admin.listConsumerGroups().all().get().stream().anyMatch(one -> one.groupId().equals(group)), "list groups");
    refused(GroupNotEmptyException.class, () -> admin.deleteConsumerGroups(List.of(group)).all().get());
    refused(UnknownMemberIdException.class, () -> admin.alterConsumerGroupOffsets(group, Map.of(place, new OffsetAndMetadata(5))).all().get());
    refused(GroupSubscribedToTopicException.class, () -> admin.deleteConsumerGroupOffsets(group, Set.of(place)).all().get());
    member.leave();
    require(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().get(place).offset() == 10, "committed");
    admin.alterConsumerGroupOffsets(group, Map.of(place, new OffsetAndMetadata(7, "by hand"))).all().get();
    OffsetAndMetadata now = admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().get(place);
    require(now.offset() == 7 && now.metadata().equals("by hand"), "altered: " + now);
    admin.deleteConsumerGroupOffsets(group, Set.of(place)).all().get();
    require(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().get(place) == null, "deleted offset");
    admin.deleteConsumerGroups(List.of(group)).all().get();
    refused(GroupIdNotFoundException.class, () -> admin.deleteConsumerGroups(List.of(group)).all().get());
    require(admin.listConsumerGroupOffsets("java-nobody").partitionsToOffsetAndMetadata().get().isEmpty(), "an unknown group has no offsets");

    DescribeClusterResult cluster = admin.describeCluster();
    require(cluster.nodes().get().size() == 1 && cluster.clusterId().get() != null && cluster.controller().get() != null, "cluster");
    admin.deleteTopics(List.of(topic)).all().get();
    refused(UnknownTopicOrPartitionException.class, () -> admin.deleteTopics(List.of(topic)).all().get());

    try (KafkaProducer<String, String> producer = producer()) {
      producer.send(new ProducerRecord<>("java-made-by-use", "x")).get();
    }
    try (KafkaConsumer<String, String> reader = consumer("allow.auto.create.topics", "false")) {
      require(!reader.listTopics().containsKey("java-never"), "list topics of a consumer");
      reader.assign(List.of(new TopicPartition("java-never", 0)));
      refused(TimeoutException.class, () -> reader.position(new TopicPartition("java-never", 0), Duration.ofSeconds(2)));
    }
    require(!admin.listTopics().names().get().contains("java-never"), "a look-up made a topic");
    ok("admin: topics, partitions, configs, records, groups, offsets, cluster; errors by name; topics by use");
  }

  static Properties secure(String address, String authority, String user, String password) {
    Properties all = new Properties();
    all.put("bootstrap.servers", address);
    all.put("security.protocol", "SASL_SSL");
    all.put("sasl.mechanism", "PLAIN");
    all.put("sasl.jaas.config",
        "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"" + user + "\" password=\"" + password + "\";");
    all.put("ssl.truststore.type", "PEM");
    all.put("ssl.truststore.location", authority);
    all.put("default.api.timeout.ms", "30000");
    all.put("request.timeout.ms", "15000");
    return all;
  }

  static void security(String address, String authority, String stranger, String user, String password) throws Exception {
    try (Admin good = Admin.create(secure(address, authority, user, password))) {
      good.createTopics(List.of(new NewTopic("java-secure", 1, (short) 1))).all().get();
    }
    Properties all = secure(address, authority, user, password);
    all.put("key.serializer", "org.apache.kafka.common.serialization.StringSerializer");
    all.put("value.serializer", "org.apache.kafka.common.serialization.StringSerializer");
    try (KafkaProducer<String, String> producer = new KafkaProducer<>(all)) {
      for (int n = 0; n < 100; ++n) producer.send(new ProducerRecord<>("java-secure", "x".repeat(20_000)));
      producer.flush();
    }
    all.put("key.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
    all.put("value.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
    all.put("group.id", "java-secure");
    all.put("auto.offset.reset", "earliest");
    try (KafkaConsumer<String, String> reader = new KafkaConsumer<>(all)) {
      reader.subscribe(List.of("java-secure"));
      int count = 0;
      for (int turn = 0; turn < 100 && count < 100; ++turn) count += reader.poll(Duration.ofMillis(200)).count();
      require(count == 100, count + " of 100 records through TLS");
    }
    Map<Properties, Class<? extends Exception>> bad = new HashMap<>();
    bad.put(secure(address, authority, user, "wrong"), SaslAuthenticationException.class);
    bad.put(secure(address, authority, "nobody", password), SaslAuthenticationException.class);
    bad.put(secure(address, stranger, user, password), SslAuthenticationException.class);
    bad.put(secure(address.replace("127.0.0.1", "localhost"), authority, user, password), SslAuthenticationException.class);
    for (Map.Entry<Properties, Class<? extends Exception>> one : bad.entrySet()) {
      try (Admin refused = Admin.create(one.getKey())) {
        refused(one.getValue(), () -> refused.listTopics().names().get());
      }
    }
    ok("SASL over TLS: good, wrong password, unknown user, wrong authority, wrong host name");
  }

  static String restartsDone() {
    try {
      return Files.readString(Path.of(System.getenv("WEIR_RESTARTS")));
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  static void restarts() throws Exception {
    String topic = "java-restarts";
    int total = 30_000;
    create(topic, 1);
    Member member = new Member(topic, "group.id", topic, "session.timeout.ms", "20000");
    try (KafkaProducer<String, String> producer = producer("linger.ms", "2", "delivery.timeout.ms", "180000")) {
      List<Future<RecordMetadata>> results = new ArrayList<>();
      for (int n = 0; n < total; ++n) {
        results.add(producer.send(new ProducerRecord<>(topic, "" + n)));
        if (n % 20 == 0) Thread.sleep(2);
        if (n == total / 3) System.out.println("@term");
        if (n == 2 * total / 3) System.out.println("@kill");
      }
      // A restart that is late belongs to what was sent, not into the reading below.
      eventually(() -> restartsDone().equals("2"), () -> "the two restarts that were asked for; done: " + restartsDone());
      long offset = 0;
      for (Future<RecordMetadata> result : results) require(result.get().offset() == offset++, "record " + (offset - 1) + " has another offset");
    }
    int n = 0;
    for (ConsumerRecord<String, String> record : readAll(topic, 0, total)) require(record.value().equals("" + n++), "order at " + n);
    eventually(() -> union(member).size() == total, () -> "the group consumer has " + union(member).size() + " of " + total);
    member.leave();
    ok("broker stopped and killed while producing: " + total + " records once and in order");
  }
}
