#include "connectors/kafka/admin_client.hpp"

#include "connectors/kafka/admin_impl.hpp"
#include "connectors/kafka/rdkafka_conf.hpp"

#include <algorithm>

namespace weir::connectors::kafka {

namespace {

using Metadata = std::unique_ptr<const rd_kafka_metadata_t, rdkafka::Freed<&rd_kafka_metadata_destroy>>;
using TopicHandle = std::unique_ptr<rd_kafka_topic_t, rdkafka::Freed<&rd_kafka_topic_destroy>>;

std::string seconds_text(Duration duration) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

// "Connect to ipv4#127.0.0.1:9092 failed: Connection refused" out of librdkafka's
// "127.0.0.1:9092/bootstrap: Connect to ipv4#127.0.0.1:9092 failed: Connection refused (after 0ms in state CONNECT)".
std::string plain_complaint(std::string_view text) {
  const std::size_t name = text.find(": ");
  const bool names_broker = name != std::string_view::npos && text.find('/') < name && text.find(' ') > name;
  if (names_broker) text.remove_prefix(name + 2);
  const std::size_t after = text.rfind(" (after ");
  if (after != std::string_view::npos) text = text.substr(0, after);
  std::string complaint(text);
  // librdkafka names security.protocol where it reads the end of such a connection, but not where it writes into it:
  // which of the two comes is chance.
  const auto says = [&](std::string_view words) {
    return text.find(words) != std::string_view::npos;
  };
  const bool hung_up = says("Broken pipe") || says("Connection reset") || says("Disconnected");
  if (hung_up && !says("security.protocol"))
    complaint += " (it hung up: it has gone, or security.protocol is not what it speaks)";
  return complaint;
}

constexpr std::string_view kUnreachable = " cannot be reached: ";

// `silence`: what is said when the client has no complaint.
Error cannot_connect(const Admin::Impl& impl, const Admin::Impl::Complaints& complaints, const std::string& silence) {
  const std::string at = "Kafka at " + impl.cluster.brokers;
  if (complaints.refused) return Error(Errc::unauthenticated, at + " refused the connection: " + complaints.text);
  const std::string& why = complaints.text.empty() ? silence : complaints.text;
  return Error(Errc::unavailable, at + std::string(kUnreachable) + why);
}

// A broker's first answer. `localhost` may stand for an address where nobody listens and one where somebody does, and
// librdkafka tries them in turn: "all are down" counts only after a while.
Result<void> wait_for_answer(const Admin::Impl& impl) {
  constexpr Duration kDownForGood = std::chrono::milliseconds(800);
  const SystemClock clock;
  const TimePoint began = clock.now();
  Admin::Impl::Complaints complaints;
  for (Duration slice = std::chrono::milliseconds(250);; slice *= complaints.any() ? 1 : 2) {
    const Duration left = impl.patience - (clock.now() - began);
    const std::string silence = "nothing answered within " + seconds_text(impl.patience);
    if (left <= Duration::zero()) return cannot_connect(impl, complaints, silence);
    const rd_kafka_metadata_t* answer = nullptr;
    const rd_kafka_resp_err_t code =
        rd_kafka_metadata(impl.client.get(), 0, nullptr, &answer, whole_ms(std::min(slice, left)));
    const Metadata owned(answer);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return Result<void>();
    impl.take(complaints);
    const bool down = complaints.all_down && clock.now() - began >= kDownForGood;
    if (complaints.refused || down) return cannot_connect(impl, complaints, silence);
  }
}

// What a refused question or order means to a person who waits for it. The data path has a mapping of its own
// (rdkafka.cpp), whose doubts go the other way: there everything that may pass is tried again.
Errc code_of_refusal(rd_kafka_resp_err_t code, Errc usual) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_INVALID_REQUEST:
    case RD_KAFKA_RESP_ERR_INVALID_REPLICA_ASSIGNMENT:
    case RD_KAFKA_RESP_ERR_INVALID_COMMIT_OFFSET_SIZE:
      return Errc::invalid_argument;
    case RD_KAFKA_RESP_ERR_TOPIC_DELETION_DISABLED:
    case RD_KAFKA_RESP_ERR_SECURITY_DISABLED:
      return Errc::unsupported;
    case RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND:
      return Errc::not_found;
    case RD_KAFKA_RESP_ERR_GROUP_SUBSCRIBED_TO_TOPIC:
      return Errc::already_exists;
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
      return Errc::unknown_outcome;
    case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
      return Errc::io;
    case RD_KAFKA_RESP_ERR_UNKNOWN:
      return Errc::internal;
    default:
      return usual;
  }
}

const char* advice_on_refusal(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_TOPIC_DELETION_DISABLED:
      return "; the broker's delete.topic.enable forbids it";
    case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
    case RD_KAFKA_RESP_ERR_UNKNOWN:
      return "; the broker's log says more";
    case RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_CONTROLLER:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
      return "; it may pass, try again in a while";
    default:
      return "";
  }
}

TopicInfo to_info(const rd_kafka_metadata_topic_t& topic) {
  TopicInfo info;
  info.name = topic.topic;
  for (int i = 0; i < topic.partition_cnt; ++i) {
    const rd_kafka_metadata_partition_t& place = topic.partitions[i];
    PartitionInfo partition;
    partition.id = place.id;
    partition.leader = place.leader;
    partition.replicas.assign(place.replicas, place.replicas + place.replica_cnt);
    partition.in_sync.assign(place.isrs, place.isrs + place.isr_cnt);
    info.partitions.push_back(std::move(partition));
  }
  std::ranges::sort(info.partitions, {}, &PartitionInfo::id);
  return info;
}

}  // namespace

bool is_unreachable(const Error& error) {
  return error.code() == Errc::unavailable && error.message().find(kUnreachable) != std::string::npos;
}

int whole_ms(Duration duration) {
  return static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

int Admin::Impl::patience_ms() const {
  return whole_ms(patience);
}

Error Admin::Impl::error(rd_kafka_resp_err_t code, const char* text) const {
  if (code == RD_KAFKA_RESP_ERR__TIMED_OUT || code == RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE) {
    return Error(Errc::unknown_outcome,
                 "Kafka at " + cluster.brokers + " did not answer within " + seconds_text(patience));
  }
  if (code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
    Complaints complaints;
    take(complaints);
    return cannot_connect(*this, complaints, "the connection broke");
  }
  const Error coded = rdkafka::to_error(code, text, cluster.brokers);
  const std::string_view said = text != nullptr && *text != '\0' ? std::string_view(text) : rd_kafka_err2str(code);
  return Error(code_of_refusal(code, coded.code()),
               "Kafka at " + cluster.brokers + ": " + std::string(said) + advice_on_refusal(code));
}

void Admin::Impl::take(Complaints& complaints) const {
  while (true) {
    const rdkafka::Event event(rd_kafka_queue_poll(events.get(), 0));
    if (event == nullptr) return;
    if (rd_kafka_event_type(event.get()) != RD_KAFKA_EVENT_ERROR) continue;
    const rd_kafka_resp_err_t code = rd_kafka_event_error(event.get());
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
      complaints.all_down = true;
      continue;
    }
    complaints.refused |= code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR__SSL;
    complaints.text = plain_complaint(rd_kafka_event_error_string(event.get()));
  }
}

Admin::Admin(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Admin::~Admin() = default;

Result<std::unique_ptr<Admin>> Admin::connect(ClusterSettings cluster, Duration patience) {
  Result<rdkafka::Conf> conf = rdkafka::admin_conf(cluster);
  if (conf.has_error()) return conf.error();
  Result<rdkafka::Client> client = rdkafka::make_client(RD_KAFKA_CONSUMER, std::move(*conf), cluster.brokers);
  if (client.has_error()) return client.error();
  auto impl = std::make_shared<Impl>();
  impl->cluster = std::move(cluster);
  impl->patience = patience;
  impl->client = std::move(*client);
  impl->events.reset(rd_kafka_queue_get_main(impl->client.get()));
  if (Result<void> answered = wait_for_answer(*impl); answered.has_error()) return answered.error();
  return std::unique_ptr<Admin>(new Admin(std::move(impl)));
}

const std::string& Admin::brokers() const {
  return impl_->cluster.brokers;
}

std::optional<Error> Admin::trouble() {
  Impl::Complaints complaints;
  impl_->take(complaints);
  if (!complaints.all_down && !complaints.refused) return std::nullopt;
  return cannot_connect(*impl_, complaints, "all connections broke");
}

Result<std::vector<TopicInfo>> fetch_topics(const Admin::Impl& impl, Duration limit) {
  const rd_kafka_metadata_t* answer = nullptr;
  const rd_kafka_resp_err_t code = rd_kafka_metadata(impl.client.get(), 1, nullptr, &answer, whole_ms(limit));
  const Metadata metadata(answer);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return impl.error(code);
  std::vector<TopicInfo> topics;
  for (int i = 0; i < metadata->topic_cnt; ++i) topics.push_back(to_info(metadata->topics[i]));
  std::ranges::sort(topics, {}, &TopicInfo::name);
  return topics;
}

Result<std::vector<TopicInfo>> Admin::topics() {
  return fetch_topics(*impl_, impl_->patience);
}

Result<TopicInfo> Admin::topic(const std::string& name) {
  const TopicHandle handle(rd_kafka_topic_new(impl_->client.get(), name.c_str(), nullptr));
  if (handle == nullptr) return Error(Errc::invalid_argument, "'" + name + "' cannot be the name of a topic");
  const rd_kafka_metadata_t* answer = nullptr;
  const rd_kafka_resp_err_t code =
      rd_kafka_metadata(impl_->client.get(), 0, handle.get(), &answer, impl_->patience_ms());
  const Metadata metadata(answer);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return impl_->error(code);
  if (metadata->topic_cnt == 1 && metadata->topics[0].err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    return to_info(metadata->topics[0]);
  }
  const rd_kafka_resp_err_t topic_code =
      metadata->topic_cnt == 1 ? metadata->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
  if (topic_code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
    return Error(Errc::not_found, "there is no topic '" + name + "' at " + impl_->cluster.brokers);
  }
  return impl_->error(topic_code).with_context("topic '" + name + "'");
}

std::unique_ptr<RecordReader> Admin::read(const std::string& topic) {
  return make_record_reader(impl_, topic);
}

}  // namespace weir::connectors::kafka
