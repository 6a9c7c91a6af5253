// weir_bench_broker_load MODE TOPIC PARTITIONS EVENTS CLIENTS [PROPERTY=VALUE...]: the load of the broker benchmark,
// the same for every broker. Properties go to librdkafka as they are. One JSON line.
//
//   produce   EVENTS of 400 bytes by CLIENTS producers, as fast as they go; each has its own share of the partitions
//   consume   CLIENTS groups of one consumer each, and each reads the whole topic
//   latency   single events, CLIENTS of them per second, EVENTS altogether; from the call to the delivery report
#include "bench/yardstick/events.hpp"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Properties = std::vector<std::pair<std::string, std::string>>;

constexpr std::uint64_t kStreams = 10'000;
constexpr auto kPatience = std::chrono::seconds(300);

struct Job {
  std::string topic;
  int partitions = 0;
  std::uint64_t events = 0, clients = 0;
  Properties properties;
};

struct Event {
  std::string key, json;
};

// Made before the clock starts; librdkafka sends them from here, without a copy of its own.
std::vector<Event> make_events() {
  std::vector<Event> events;
  for (std::uint64_t i = 0; i < kStreams; ++i)
    events.push_back({weir::bench::aggregate_id(i, kStreams), weir::bench::event_json(i, kStreams)});
  return events;
}

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// What the delivery reports and the statistics of one producer tell.
struct Tally {
  std::uint64_t done = 0, failed = 0;
  std::uint64_t requests = 0, sent = 0;    // as of the last statistics
  std::vector<std::uint64_t> nanoseconds;  // of each event, in mode latency
};

std::uint64_t total(const char* json, std::size_t size, const char* name) {
  const std::string_view text(json, size);
  const std::size_t at = text.rfind(name);  // the totals stand behind those of single brokers and topics
  return at == text.npos ? 0 : std::strtoull(json + at + std::strlen(name), nullptr, 10);
}

rd_kafka_t* make_client(rd_kafka_type_t type, const Properties& properties, Tally* tally) {
  char why[512];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [key, value] : properties)
    if (rd_kafka_conf_set(conf, key.c_str(), value.c_str(), why, sizeof why) != RD_KAFKA_CONF_OK)
      throw std::runtime_error(why);
  if (tally != nullptr) {
    rd_kafka_conf_set_opaque(conf, tally);
    rd_kafka_conf_set_dr_msg_cb(conf, [](rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
      auto& seen = *static_cast<Tally*>(opaque);
      ++seen.done;
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR && seen.failed++ == 0)
        std::cerr << "delivery failed: " << rd_kafka_err2str(message->err) << '\n';
      if (message->_private != nullptr) {
        const auto now = static_cast<std::uint64_t>(Clock::now().time_since_epoch().count());
        seen.nanoseconds.push_back(now - reinterpret_cast<std::uintptr_t>(message->_private));
      }
    });
    rd_kafka_conf_set_stats_cb(conf, [](rd_kafka_t*, char* json, std::size_t size, void* opaque) {
      auto& seen = *static_cast<Tally*>(opaque);
      seen.requests = total(json, size, "\"tx\":");
      seen.sent = total(json, size, "\"txmsgs\":");
      return 0;
    });
  }
  rd_kafka_t* client = rd_kafka_new(type, conf, why, sizeof why);
  if (client == nullptr) throw std::runtime_error(why);
  return client;
}

rd_kafka_topic_t* open_topic(rd_kafka_t* client, const std::string& name) {
  rd_kafka_topic_t* topic = rd_kafka_topic_new(client, name.c_str(), nullptr);
  // The connection and the first metadata are not what is measured.
  const rd_kafka_metadata_t* metadata = nullptr;
  const rd_kafka_resp_err_t error = rd_kafka_metadata(client, 0, topic, &metadata, 30'000);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(rd_kafka_err2str(error));
  rd_kafka_metadata_destroy(metadata);
  return topic;
}

void send(rd_kafka_t* client, rd_kafka_topic_t* topic, int partition, const Event& event, void* opaque) {
  while (rd_kafka_produce(topic, partition, 0, const_cast<char*>(event.json.data()), event.json.size(),
                          event.key.data(), event.key.size(), opaque) != 0) {
    const rd_kafka_resp_err_t error = rd_kafka_last_error();
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) throw std::runtime_error(rd_kafka_err2str(error));
    rd_kafka_poll(client, 100);
  }
}

// Producer `number`: every CLIENTSth partition is its own.
void run_producer(const Job& job, std::uint64_t number, const std::vector<Event>& all, Tally& tally) {
  rd_kafka_t* client = make_client(RD_KAFKA_PRODUCER, job.properties, &tally);
  rd_kafka_topic_t* topic = open_topic(client, job.topic);
  std::vector<int> own;
  for (int p = 0; p < job.partitions; ++p)
    if (static_cast<std::uint64_t>(p) % job.clients == number % static_cast<std::uint64_t>(job.partitions))
      own.push_back(p);
  const std::uint64_t share = job.events / job.clients + (number < job.events % job.clients ? 1 : 0);
  for (std::uint64_t i = 0; i < share; ++i) {
    send(client, topic, own[i % own.size()], all[i % all.size()], nullptr);
    if (i % 512 == 0) rd_kafka_poll(client, 0);
  }
  rd_kafka_flush(client, static_cast<int>(std::chrono::milliseconds(kPatience).count()));
  tally.failed += share - tally.done;
  rd_kafka_topic_destroy(topic);
  rd_kafka_destroy(client);
}

// Consumer `number`, alone in a group of its own; returns the seconds from its first to its last event.
double run_consumer(const Job& job, std::uint64_t number) {
  Properties properties = job.properties;
  properties.emplace_back("group.id", job.topic + "-" + std::to_string(getpid()) + "-" + std::to_string(number));
  properties.emplace_back("auto.offset.reset", "earliest");
  rd_kafka_t* client = make_client(RD_KAFKA_CONSUMER, properties, nullptr);
  rd_kafka_poll_set_consumer(client);
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, job.topic.c_str(), RD_KAFKA_PARTITION_UA);
  rd_kafka_subscribe(client, list);
  rd_kafka_topic_partition_list_destroy(list);
  rd_kafka_queue_t* queue = rd_kafka_queue_get_consumer(client);
  std::vector<rd_kafka_message_t*> batch(1000);
  std::uint64_t seen = 0;
  Clock::time_point first{};
  const auto started = Clock::now();
  while (seen < job.events) {
    const ssize_t n = rd_kafka_consume_batch_queue(queue, 100, batch.data(), batch.size());
    if (n > 0 && seen == 0) first = Clock::now();
    for (ssize_t i = 0; i < n; ++i) {
      seen += batch[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR;
      rd_kafka_message_destroy(batch[i]);
    }
    if (Clock::now() - started > kPatience)
      throw std::runtime_error("only " + std::to_string(seen) + " of " + std::to_string(job.events) + " events came");
  }
  const double seconds = since(first);
  rd_kafka_queue_destroy(queue);
  rd_kafka_consumer_close(client);
  rd_kafka_destroy(client);
  return seconds;
}

void finish(std::uint64_t events, double seconds, const std::string& more) {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const double cpu =
      used.ru_utime.tv_sec + used.ru_utime.tv_usec / 1e6 + used.ru_stime.tv_sec + used.ru_stime.tv_usec / 1e6;
  std::cout << "{\"events\":" << events << ",\"seconds\":" << seconds << ",\"client_cpu_seconds\":" << cpu << more
            << "}" << std::endl;
}

// One thread per client; an error of any ends the program.
template <class Work>
void in_threads(std::uint64_t count, Work work) {
  std::vector<std::thread> threads;
  for (std::uint64_t n = 0; n < count; ++n) {
    threads.emplace_back([&work, n] {
      try {
        work(n);
      } catch (const std::exception& error) {
        std::cerr << "broker_load: " << error.what() << '\n';
        std::_Exit(1);
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

bool produce(const Job& job) {
  const std::vector<Event> events = make_events();
  std::vector<Tally> tallies(job.clients);
  const auto start = Clock::now();
  in_threads(job.clients, [&](std::uint64_t n) { run_producer(job, n, events, tallies[n]); });
  const double seconds = since(start);
  Tally sum;
  for (const Tally& tally : tallies) {
    sum.failed += tally.failed;
    sum.requests += tally.requests;
    sum.sent += tally.sent;
  }
  const double per_request = sum.requests == 0 ? 0 : double(sum.sent) / double(sum.requests);
  finish(job.events, seconds, ",\"events_per_request\":" + std::to_string(per_request));
  return sum.failed == 0;
}

bool consume(const Job& job) {
  std::vector<double> seconds(job.clients);
  in_threads(job.clients, [&](std::uint64_t n) { seconds[n] = run_consumer(job, n); });
  finish(job.events * job.clients, *std::max_element(seconds.begin(), seconds.end()), "");
  return true;
}

bool latency(const Job& job) {
  const std::vector<Event> events = make_events();
  Tally tally;
  tally.nanoseconds.reserve(job.events);
  rd_kafka_t* client = make_client(RD_KAFKA_PRODUCER, job.properties, &tally);
  rd_kafka_topic_t* topic = open_topic(client, job.topic);
  std::atomic<bool> sent = false;
  std::thread reports([&] {  // alone with the tally
    const auto start = Clock::now();
    while ((!sent || rd_kafka_outq_len(client) > 0) && Clock::now() - start < kPatience) rd_kafka_poll(client, 100);
  });
  const auto start = Clock::now();
  const auto step = std::chrono::nanoseconds(1'000'000'000 / job.clients);
  for (std::uint64_t i = 0; i < job.events; ++i) {
    std::this_thread::sleep_until(start + i * step);
    void* const now = reinterpret_cast<void*>(static_cast<std::uintptr_t>(Clock::now().time_since_epoch().count()));
    send(client, topic, static_cast<int>(i % static_cast<std::uint64_t>(job.partitions)), events[i % events.size()],
         now);
  }
  sent = true;
  reports.join();
  const double seconds = since(start);
  rd_kafka_topic_destroy(topic);
  rd_kafka_destroy(client);
  if (tally.failed != 0 || tally.nanoseconds.size() != job.events) return false;
  std::sort(tally.nanoseconds.begin(), tally.nanoseconds.end());
  const auto at = [&](double part) {
    const auto index = static_cast<std::size_t>(part * double(tally.nanoseconds.size() - 1));
    return std::to_string(double(tally.nanoseconds[index]) / 1e6);
  };
  finish(job.events, seconds, ",\"p50_ms\":" + at(0.5) + ",\"p99_ms\":" + at(0.99) + ",\"max_ms\":" + at(1));
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc < 6) {
      std::cerr << "usage: weir_bench_broker_load produce|consume|latency TOPIC PARTITIONS EVENTS CLIENTS "
                   "[PROPERTY=VALUE...]\n";
      return 2;
    }
    const std::string mode = argv[1];
    Job job{argv[2], std::atoi(argv[3]), std::strtoull(argv[4], nullptr, 10), std::strtoull(argv[5], nullptr, 10), {}};
    for (int i = 6; i < argc; ++i) {
      const std::string text = argv[i];
      const std::size_t equals = text.find('=');
      if (equals == text.npos) throw std::runtime_error("not PROPERTY=VALUE: " + text);
      job.properties.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
    if (job.partitions < 1 || job.events < 1 || job.clients < 1) throw std::runtime_error("counts start at 1");
    if (mode == "produce") return produce(job) ? 0 : 1;
    if (mode == "consume") return consume(job) ? 0 : 1;
    if (mode == "latency") return latency(job) ? 0 : 1;
    throw std::runtime_error("no mode " + mode);
  } catch (const std::exception& error) {
    std::cerr << "broker_load: " << error.what() << '\n';
    return 1;
  }
}
