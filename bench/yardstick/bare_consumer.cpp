// weir_bench_consume BROKERS TOPIC PARTITIONS EVENTS: the yardstick. A bare librdkafka batch consumer with small
// fetches that reads the topic once and looks at nothing but the lengths. Prints one JSON line.
#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string_view>
#include <sys/resource.h>
#include <vector>

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--version") {
    std::cout << rd_kafka_version_str() << '\n';
    return 0;
  }
  if (argc != 5) {
    std::cerr << "usage: weir_bench_consume BROKERS TOPIC PARTITIONS EVENTS\n";
    return 2;
  }
  const int partitions = std::atoi(argv[3]);
  const std::uint64_t events = std::strtoull(argv[4], nullptr, 10);
  char why[512];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  const std::pair<const char*, const char*> settings[] = {{"bootstrap.servers", argv[1]},
                                                          {"group.id", "weir-bench-bare"},
                                                          {"enable.auto.commit", "false"},
                                                          {"fetch.message.max.bytes", "262144"},
                                                          {"queued.max.messages.kbytes", "8192"}};
  for (const auto& [key, value] : settings) {
    if (rd_kafka_conf_set(conf, key, value, why, sizeof why) != RD_KAFKA_CONF_OK) {
      std::cerr << why << '\n';
      return 1;
    }
  }
  rd_kafka_t* consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
  rd_kafka_poll_set_consumer(consumer);
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(partitions);
  for (int p = 0; p < partitions; ++p)
    rd_kafka_topic_partition_list_add(list, argv[2], p)->offset = RD_KAFKA_OFFSET_BEGINNING;
  rd_kafka_assign(consumer, list);
  rd_kafka_topic_partition_list_destroy(list);
  rd_kafka_queue_t* queue = rd_kafka_queue_get_consumer(consumer);
  std::vector<rd_kafka_message_t*> batch(1000);
  std::uint64_t seen = 0, bytes = 0;
  std::chrono::steady_clock::time_point first{}, last{};
  const auto started = std::chrono::steady_clock::now();
  while (seen < events) {
    const ssize_t n = rd_kafka_consume_batch_queue(queue, 100, batch.data(), batch.size());
    if (n > 0 && seen == 0) first = std::chrono::steady_clock::now();
    for (ssize_t i = 0; i < n; ++i) {
      if (batch[i]->err == 0) {
        ++seen;
        bytes += batch[i]->len;
      }
      rd_kafka_message_destroy(batch[i]);
    }
    last = std::chrono::steady_clock::now();
    if (last - started > std::chrono::seconds(120)) {
      std::cerr << "only " << seen << " of " << events << " events came within two minutes\n";
      return 1;
    }
  }
  rd_kafka_queue_destroy(queue);
  rd_kafka_consumer_close(consumer);
  rd_kafka_destroy(consumer);
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const double cpu =
      used.ru_utime.tv_sec + used.ru_utime.tv_usec / 1e6 + used.ru_stime.tv_sec + used.ru_stime.tv_usec / 1e6;
  const double seconds = std::chrono::duration<double>(last - first).count();
  std::cout << "{\"events\":" << seen << ",\"bytes\":" << bytes << ",\"seconds\":" << seconds
            << ",\"cpu_seconds\":" << cpu << ",\"max_rss_kib\":" << used.ru_maxrss << "}" << std::endl;
}
