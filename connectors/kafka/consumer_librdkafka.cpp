// The consumer's bridge: librdkafka's queues and events ↔ coroutines.
// Thin: what is decided here is only how to ask librdkafka.
//
// Rebalances come as events on the consumer's queue (not as callbacks), so that the answer
// may be given later, when the messages under way are settled. The queue is served on its
// eventfd and, whatever happens, once a second: served on events alone, an idle or paused
// consumer is thrown out of its group after max.poll.interval.ms (librdkafka issue 3344).
#include "connectors/kafka/advice.hpp"
#include "connectors/kafka/client_librdkafka.hpp"
#include "connectors/kafka/consumer_lane.hpp"
#include "connectors/kafka/group_questions.hpp"
#include "connectors/kafka/log_ends.hpp"
#include "connectors/kafka/membership.hpp"
#include "connectors/kafka/nudge.hpp"
#include "connectors/kafka/queue_errors.hpp"
#include "connectors/kafka/rdkafka.hpp"
#include "connectors/kafka/rdkafka_conf.hpp"
#include "connectors/kafka/topic_name.hpp"
#include "connectors/kafka/wake_fd.hpp"
#include "pipeline/base/blocking_threads.hpp"
#include "pipeline/base/task_group.hpp"

#include <atomic>
#include <deque>
#include <mutex>

namespace weir::connectors::kafka {

namespace {

using rdkafka::Event;
using rdkafka::PartitionList;

constexpr Duration kServeAtLeastEvery = std::chrono::seconds(1);
constexpr Duration kQuestionPatience = std::chrono::seconds(5);

class LibrdkafkaConsumer final : public ConsumerClient {
 public:
  LibrdkafkaConsumer(ConsumerSettings settings, Clock& clock) : settings_(std::move(settings)), clock_(clock) {}

  Result<void> open(const Source::Lanes& lanes) override;
  Task<ControlEvent> next_event() override;
  void raise(ControlEvent event) override;
  Task<Result<std::vector<Offset>>> committed(std::vector<TopicPartition> partitions) override;
  Task<Result<std::vector<OffsetRange>>> ranges(std::vector<TopicPartition> partitions) override;
  std::vector<Offset> log_ends(const std::vector<TopicPartition>& partitions) override {
    return ends_->look(client_, partitions);
  }
  Task<Result<std::vector<TopicPartition>>> subscribed() override;
  Task<Result<void>> assign(std::vector<PartitionStart> partitions) override;
  Task<Result<void>> unassign() override;
  Task<Result<void>> commit(std::vector<Commit> offsets) override;
  void drain(LaneIndex lane, std::size_t max, std::pmr::memory_resource& memory, Drained& out) override;
  Task<void> wait_readable(LaneIndex lane) override { return lanes_[lane]->readable.wait(); }
  void wake(LaneIndex lane) override { lanes_[lane]->readable.wake(); }
  Task<Result<void>> restart() override;
  std::shared_ptr<const std::string> cluster_id() const override;
  Task<void> close(Leaving leaving) override;

 private:
  const std::string& brokers() const { return settings_.cluster.brokers; }
  Error error_of(rd_kafka_resp_err_t code, const char* text = nullptr) const {
    return rdkafka::to_error(code, text, brokers());
  }

  Result<void> start();
  Task<void> stop(Leaving leaving);
  Task<void> run_serve_loop();
  std::optional<ControlEvent> translate(const Event& event);
  std::optional<ControlEvent> translate_error(const Event& event);
  Task<void> name_the_members(Error& error);
  template <class T>
  Task<Result<T>> ask(std::function<Result<T>(const rdkafka::GroupQuestions&)> question);
  void learn_cluster_id();
  Result<void> answer_rebalance(const rd_kafka_topic_partition_list_t* partitions);
  Result<void> result_of(const Event& event) const;

  ConsumerSettings settings_;
  Clock& clock_;

  std::vector<std::unique_ptr<ConsumerLane>> lanes_;
  std::unique_ptr<WakeFd> control_ready_;
  std::unique_ptr<WakeFd> commit_ready_;
  std::unique_ptr<TaskGroup> tasks_;
  std::deque<ControlEvent> raised_;
  bool nudging_ = false;
  bool closed_ = false;
  std::uint64_t starts_ = 0;   // counts clients: a commit of an earlier one is over
  std::uint64_t commits_ = 0;  // numbers commits, so that the answer to a cancelled one is not taken for another's

  QueueErrors queue_errors_;
  mutable std::mutex cluster_id_mutex_;
  std::shared_ptr<const std::string> cluster_id_;

  // Destroyed first to last from the bottom: the pool ends its work, then the queues go, then the client.
  std::shared_ptr<rd_kafka_t> client_;
  rdkafka::Queue control_queue_;
  rdkafka::Queue commit_queue_;
  std::unique_ptr<Nudge> nudge_;
  std::unique_ptr<LogEnds> ends_;
  std::unique_ptr<BlockingThreads> pool_;  // one thread
};

Result<void> LibrdkafkaConsumer::open(const Source::Lanes& lanes) {
  control_ready_ = std::make_unique<WakeFd>(lanes.control);
  commit_ready_ = std::make_unique<WakeFd>(lanes.control);
  for (const Executor& executor : lanes.lanes) lanes_.push_back(std::make_unique<ConsumerLane>(executor));
  pool_ = std::make_unique<BlockingThreads>(1);
  nudging_ = rdkafka::library_version() < rdkafka::kVersionWithFetchBackoff;
  nudge_ = std::make_unique<Nudge>(*pool_, lanes_.size(), [this](LaneIndex lane) { lanes_[lane]->readable.wake(); });
  ends_ = std::make_unique<LogEnds>(*pool_, clock_);
  Result<void> started = start();
  if (started.has_error()) return started;
  tasks_ = std::make_unique<TaskGroup>(lanes.control);
  tasks_->spawn("kafka-serve", run_serve_loop());
  return Result<void>();
}

Result<void> LibrdkafkaConsumer::start() {
  Result<rdkafka::Conf> conf = rdkafka::consumer_conf(settings_);
  if (conf.has_error()) return conf.error();
  queue_errors_.take_vanished();  // it was said of the client before
  queue_errors_.hear(conf->get());
  Result<rdkafka::Client> client = rdkafka::make_client(RD_KAFKA_CONSUMER, std::move(*conf), brokers());
  if (client.has_error()) return client.error();
  client_ = std::shared_ptr<rd_kafka_t>(std::move(*client));
  ++starts_;

  rd_kafka_poll_set_consumer(client_.get());
  const std::uint64_t one = 1;
  control_queue_.reset(rd_kafka_queue_get_consumer(client_.get()));
  rd_kafka_queue_io_event_enable(control_queue_.get(), control_ready_->fd(), &one, sizeof(one));
  commit_queue_.reset(rd_kafka_queue_new(client_.get()));
  rd_kafka_queue_io_event_enable(commit_queue_.get(), commit_ready_->fd(), &one, sizeof(one));
  for (const std::unique_ptr<ConsumerLane>& lane : lanes_) lane->attach(client_);

  const PartitionList topics = rdkafka::make_list(settings_.topics.size());
  for (const std::string& topic : settings_.topics) {
    rd_kafka_topic_partition_list_add(topics.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  }
  const rd_kafka_resp_err_t subscribed = rd_kafka_subscribe(client_.get(), topics.get());
  if (subscribed != RD_KAFKA_RESP_ERR_NO_ERROR)
    return error_of(subscribed).with_context("the topics cannot be subscribed to");
  return Result<void>();
}

Task<void> LibrdkafkaConsumer::run_serve_loop() {
  for (;;) {
    co_await clock_.sleep_for(kServeAtLeastEvery);
    control_ready_->wake();
    commit_ready_->wake();
    learn_cluster_id();
  }
}

Task<ControlEvent> LibrdkafkaConsumer::next_event() {
  for (;;) {
    if (!raised_.empty()) {
      ControlEvent raised = std::move(raised_.front());
      raised_.pop_front();
      co_return raised;
    }
    const Event event(rd_kafka_queue_poll(control_queue_.get(), 0));
    if (event != nullptr) {
      std::optional<ControlEvent> news = translate(event);
      if (!news.has_value()) continue;
      if (auto* const trouble = std::get_if<ClientTrouble>(&*news)) {
        if (rd_kafka_event_error(event.get()) == RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL) {
          Task<void> naming = name_the_members(trouble->error);
          co_await std::move(naming);
        }
      }
      co_return std::move(*news);
    }
    co_await control_ready_->wait();
  }
}

void LibrdkafkaConsumer::raise(ControlEvent event) {
  raised_.push_back(std::move(event));
  control_ready_->wake();
}

std::optional<ControlEvent> LibrdkafkaConsumer::translate(const Event& event) {
  switch (rd_kafka_event_type(event.get())) {
    case RD_KAFKA_EVENT_REBALANCE: {
      learn_cluster_id();
      std::vector<TopicPartition> partitions = rdkafka::partitions_of(rd_kafka_event_topic_partition_list(event.get()));
      if (rd_kafka_event_error(event.get()) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS)
        return Assigned{std::move(partitions)};
      return Revoked{std::move(partitions), rd_kafka_assignment_lost(client_.get()) != 0};
    }
    case RD_KAFKA_EVENT_ERROR:
      return translate_error(event);
    case RD_KAFKA_EVENT_FETCH:
      return ClientTrouble{Error(Errc::internal, "a record came past its lane's queue; the consumer starts anew"),
                           true};
    default:
      return std::nullopt;
  }
}

std::optional<ControlEvent> LibrdkafkaConsumer::translate_error(const Event& event) {
  rd_kafka_resp_err_t code = rd_kafka_event_error(event.get());
  const char* text = rd_kafka_event_error_string(event.get());
  char why[512] = "";
  const bool fatal = code == RD_KAFKA_RESP_ERR__FATAL || rd_kafka_event_error_is_fatal(event.get()) != 0;
  if (fatal) {
    const rd_kafka_resp_err_t reason = rd_kafka_fatal_error(client_.get(), why, sizeof(why));
    if (reason != RD_KAFKA_RESP_ERR_NO_ERROR) {
      code = reason;
      text = why;
    }
  }
  const std::string_view missing = rdkafka::missing_topic_in(text == nullptr ? "" : text);
  Error error = missing.empty() ? error_of(code, text) : missing_topic(missing, brokers());
  if (!settings_.instance_id.empty() && code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID) {
    error = error.with_context("instance_id '" + settings_.instance_id + "' of group '" + settings_.group + "'");
  }
  return ClientTrouble{std::move(error), fatal};
}

template <class T>
Task<Result<T>> LibrdkafkaConsumer::ask(std::function<Result<T>(const rdkafka::GroupQuestions&)> question) {
  Result<T> answer = T();
  const rdkafka::GroupQuestions questions(client_.get(), brokers(), kQuestionPatience);
  std::function<void()> work = [&answer, &question, &questions] {
    answer = question(questions);
  };
  co_await pool_->run(std::move(work));
  co_return answer;
}

// "Inconsistent group protocol" names nobody: the group's members are asked for.
Task<void> LibrdkafkaConsumer::name_the_members(Error& error) {
  const std::string group = settings_.group;
  std::function<Result<std::string>(const rdkafka::GroupQuestions&)> question =
      [group](const rdkafka::GroupQuestions& questions) {
        return questions.members_of(group);
      };
  Task<Result<std::string>> asking = ask<std::string>(std::move(question));
  Result<std::string> members = co_await std::move(asking);
  std::string who = members.has_value() ? *members : "they cannot be asked for: " + members.error().message();
  error =
      Error(Errc::unavailable,
            "group '" + group + "' has members that share partitions out by a rule that weir does not have (" + who +
                "). weir has 'range' and 'roundrobin', and joins as soon as they are gone. Give weir a group of its "
                "own, or stop those clients, or give them the assignor 'range' (" +
                error.message() + ")");
}

void LibrdkafkaConsumer::learn_cluster_id() {
  const std::lock_guard lock(cluster_id_mutex_);
  if (cluster_id_ != nullptr || client_ == nullptr) return;
  char* const id = rd_kafka_clusterid(client_.get(), 0);  // what the last metadata said; does not wait
  if (id == nullptr) return;
  cluster_id_ = std::make_shared<const std::string>(id);
  rd_kafka_mem_free(client_.get(), id);
}

std::shared_ptr<const std::string> LibrdkafkaConsumer::cluster_id() const {
  const std::lock_guard lock(cluster_id_mutex_);
  return cluster_id_;
}

Task<Result<std::vector<Offset>>> LibrdkafkaConsumer::committed(std::vector<TopicPartition> partitions) {
  return ask<std::vector<Offset>>([partitions = std::move(partitions)](const rdkafka::GroupQuestions& questions) {
    return questions.committed(partitions);
  });
}

Task<Result<std::vector<OffsetRange>>> LibrdkafkaConsumer::ranges(std::vector<TopicPartition> partitions) {
  return ask<std::vector<OffsetRange>>([partitions = std::move(partitions)](const rdkafka::GroupQuestions& questions) {
    return questions.ranges(partitions);
  });
}

Task<Result<std::vector<TopicPartition>>> LibrdkafkaConsumer::subscribed() {
  return ask<std::vector<TopicPartition>>(
      [this](const rdkafka::GroupQuestions& questions) { return questions.partitions_of(settings_.topics); });
}

Task<Result<void>> LibrdkafkaConsumer::assign(std::vector<PartitionStart> partitions) {
  for (const std::unique_ptr<ConsumerLane>& lane : lanes_) lane->forget_partitions();
  const PartitionList list = rdkafka::make_list(partitions.size());
  for (const PartitionStart& start : partitions) {
    lanes_[static_cast<LaneIndex>(start.id.partition) % lanes_.size()]->forward(start.id);
    rd_kafka_topic_partition_t* const place =
        rd_kafka_topic_partition_list_add(list.get(), start.id.topic.c_str(), start.id.partition);
    place->offset = start.offset == kFromBeginning ? RD_KAFKA_OFFSET_BEGINNING : start.offset;
  }
  co_return answer_rebalance(list.get());
}

Task<Result<void>> LibrdkafkaConsumer::unassign() {
  Result<void> answered = answer_rebalance(nullptr);
  for (const std::unique_ptr<ConsumerLane>& lane : lanes_) lane->forget_partitions();
  co_return answered;
}

// Handed to librdkafka's own thread and answered at once; no broker is asked.
Result<void> LibrdkafkaConsumer::answer_rebalance(const rd_kafka_topic_partition_list_t* partitions) {
  const rd_kafka_resp_err_t code = rd_kafka_assign(client_.get(), partitions);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return error_of(code);
  return Result<void>();
}

Task<Result<void>> LibrdkafkaConsumer::commit(std::vector<Commit> offsets) {
  if (client_ == nullptr)
    co_return Error(Errc::unavailable, "the consumer is being made anew; the commit is sent again later");
  const PartitionList list = rdkafka::make_list(offsets.size());
  for (const Commit& commit : offsets) {
    rd_kafka_topic_partition_list_add(list.get(), commit.id.topic.c_str(), commit.id.partition)->offset = commit.offset;
  }
  const std::uint64_t start = starts_;
  void* const number = reinterpret_cast<void*>(++commits_);
  const rd_kafka_resp_err_t sent =
      rd_kafka_commit_queue(client_.get(), list.get(), commit_queue_.get(), nullptr, number);
  if (sent != RD_KAFKA_RESP_ERR_NO_ERROR) co_return error_of(sent).with_context("commit");
  for (;;) {
    if (start != starts_ || client_ == nullptr) {
      co_return Error(Errc::unknown_outcome, "the consumer was made anew while a commit was under way");
    }
    const Event event(rd_kafka_queue_poll(commit_queue_.get(), 0));
    if (event == nullptr) {
      co_await commit_ready_->wait();
    } else if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_OFFSET_COMMIT &&
               rd_kafka_event_opaque(event.get()) == number) {
      co_return result_of(event);
    }
  }
}

Result<void> LibrdkafkaConsumer::result_of(const Event& event) const {
  const rd_kafka_resp_err_t code = rd_kafka_event_error(event.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return error_of(code, rd_kafka_event_error_string(event.get())).with_context("commit");
  const rd_kafka_topic_partition_list_t* const list = rd_kafka_event_topic_partition_list(event.get());
  for (int i = 0; list != nullptr && i < list->cnt; ++i) {
    const rd_kafka_topic_partition_t& place = list->elems[i];
    if (place.err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    return error_of(place.err).with_context("commit of topic '" + std::string(place.topic) + "', partition " +
                                            std::to_string(place.partition));
  }
  return Result<void>();
}

void LibrdkafkaConsumer::drain(LaneIndex lane, std::size_t max, std::pmr::memory_resource& memory, Drained& out) {
  lanes_[lane]->drain(max, memory, brokers(), out);
  if (std::optional<std::string> vanished = queue_errors_.take_vanished())
    out.obstacles.insert(out.obstacles.begin(),  // they are in the order of what precedes them
                         Obstacle{0, Suspect{Suspect::Why::topic_is_gone, {}, -1, -1, std::move(*vanished)}});
  if (!nudging_ || !out.empty()) return;
  std::shared_ptr<rd_kafka_t> client;
  std::optional<TopicPartition> partition = lanes_[lane]->next_to_nudge(client);
  if (partition.has_value()) nudge_->request(lane, std::move(client), std::move(*partition));
}

Task<Result<void>> LibrdkafkaConsumer::restart() {
  co_await stop(Leaving::for_a_restart);
  Result<void> started = start();
  co_return started;
}

// Leaves the group, a static member only for good. Batches that are still about keep the client's memory, not its membership.
Task<void> LibrdkafkaConsumer::stop(Leaving leaving) {
  ++starts_;
  for (const std::unique_ptr<ConsumerLane>& lane : lanes_) lane->detach();
  if (client_ == nullptr) co_return;
  raised_.clear();
  std::shared_ptr<rd_kafka_t> client = std::move(client_);
  client_.reset();
  commit_ready_->wake();
  rd_kafka_queue_io_event_enable(control_queue_.get(), -1, nullptr, 0);
  rd_kafka_queue_io_event_enable(commit_queue_.get(), -1, nullptr, 0);
  control_queue_.reset();
  commit_queue_.reset();
  const bool gives_up = leaving == Leaving::for_good && !settings_.instance_id.empty();
  std::function<void()> leave = [this, gives_up, client = std::move(client)]() mutable {
    if (gives_up) rdkafka::give_up_membership(client.get());
    rd_kafka_consumer_close(client.get());
    if (queue_errors_.take_unfreeable()) {  // asked last: closing serves what was still said
      rdkafka::keep_for_ever(std::move(client));
      return;
    }
    client.reset();  // freeing it blocks too, if no batch holds it any more
  };
  co_await pool_->run(std::move(leave));
}

Task<void> LibrdkafkaConsumer::close(Leaving leaving) {
  if (std::exchange(closed_, true) || tasks_ == nullptr) co_return;
  tasks_->cancel();
  co_await tasks_->join();
  co_await stop(leaving);
}

}  // namespace

std::unique_ptr<ConsumerClient> make_librdkafka_consumer(ConsumerSettings settings, Clock& clock) {
  return std::make_unique<LibrdkafkaConsumer>(std::move(settings), clock);
}

}  // namespace weir::connectors::kafka
