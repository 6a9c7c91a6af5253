// Fetch: answered at once when there is enough, else parked until there is, until the time is over, or until another
// request waits behind it.
#include "embedded/broker/api/handlers.hpp"

#include <set>

namespace weir::embedded::broker::api {

namespace {

using storage::PartitionLog;
using wire::ErrorCode;
using FetchAnswer = wire::FetchResponse::Topic::Partition;

// Of one fetch that waits, some 10,000 partitions: every new record is a look at all of them. And of all together.
constexpr std::uint64_t kMostParkedBytes = std::uint64_t{2} << 20;
constexpr std::uint64_t kMostParkedBytesOfAll = std::uint64_t{256} << 20;
constexpr std::uint64_t kWatchBytes = 150;  // what it costs to watch a partition
constexpr Duration kMostPatience = std::chrono::minutes(5);
constexpr std::uint32_t kMaxResponseBytes = std::uint32_t{55} << 20;  // Kafka's fetch.max.bytes of a broker

// What was asked, without views of the request.
struct Wanted {
  std::int32_t partition = 0;
  Offset offset = 0;
  std::uint32_t max_bytes = 0;
  std::int32_t leader_epoch = -1;
  std::int32_t last_epoch = -1;
};
struct WantedTopic {
  std::string name;
  std::vector<Wanted> partitions;
};

// One fetch. A topic may be deleted while it waits, so that logs are looked up by name every time.
class FetchCall : public std::enable_shared_from_this<FetchCall> {
 public:
  FetchCall(Node& node, const wire::FetchRequest& request, Reply<wire::FetchResponse> reply)
      : node_(node), reply_(std::move(reply)) {
    min_bytes_ = static_cast<std::uint64_t>(std::max(request.min_bytes, 0));
    max_bytes_ = std::min(kMaxResponseBytes, static_cast<std::uint32_t>(std::max(request.max_bytes, 0)));
    topics_.reserve(request.topics.size());
    for (const auto& topic : request.topics) {
      WantedTopic& wanted = topics_.emplace_back();
      wanted.name = std::string(topic.name);
      footprint_ += sizeof(WantedTopic) + topic.name.size() + topic.partitions.size() * (sizeof(Wanted) + kWatchBytes);
      for (const auto& partition : topic.partitions) {
        wanted.partitions.push_back({partition.index, partition.fetch_offset,
                                     static_cast<std::uint32_t>(std::max(partition.max_bytes, 0)),
                                     partition.current_leader_epoch, partition.last_fetched_epoch});
      }
    }
  }

  // True when nothing is gained by waiting: enough is there, or something is wrong that the client must hear of.
  bool is_ready() const {
    std::uint64_t available = 0;
    bool any = false;
    for (const WantedTopic& topic : topics_) {
      for (const Wanted& wanted : topic.partitions) {
        any = true;
        const PartitionLog* log = find(topic, wanted);
        if (log == nullptr || check(*log, wanted) != ErrorCode::none || diverges(*log, wanted)) return true;
        const std::uint64_t enough = std::min<std::uint64_t>(min_bytes_, std::max<std::uint32_t>(wanted.max_bytes, 1));
        available += log->available(wanted.offset, enough);
        if (available >= min_bytes_) return true;
      }
    }
    return !any || available >= min_bytes_;
  }

  // Whether it may wait: who asks for too much is answered at once.
  bool fits() const {
    return footprint_ <= kMostParkedBytes && node_.parked_bytes + footprint_ <= kMostParkedBytesOfAll;
  }

  void park(Duration patience, net::ResponseSlot& slot) {
    parked_ = true;
    node_.parked_bytes += footprint_;
    const std::weak_ptr<FetchCall> self = weak_from_this();
    std::set<const PartitionLog*> watched;
    for (const WantedTopic& topic : topics_) {
      for (const Wanted& wanted : topic.partitions) {
        PartitionLog* log = find(topic, wanted);
        if (log == nullptr || !watched.insert(log).second) continue;
        tickets_.push_back(log->watch([self] {
          const std::shared_ptr<FetchCall> call = self.lock();
          if (call != nullptr && call->is_ready()) call->answer();
        }));
      }
    }
    // The timer holds the call, the slot's hurry does not: one of the three always comes.
    timer_ = node_.timers.after(patience, [self = shared_from_this()] { self->answer(); });
    slot.on_hurry([self] {
      if (const std::shared_ptr<FetchCall> call = self.lock()) call->answer();
    });
  }

  void answer() {
    if (answered_) return;
    answered_ = true;
    const std::shared_ptr<FetchCall> alive = shared_from_this();
    node_.timers.cancel(timer_);
    if (parked_) node_.parked_bytes -= footprint_;
    wire::FetchResponse response;
    std::uint64_t left = max_bytes_;
    bool empty = true;
    response.topics.reserve(topics_.size());
    for (const WantedTopic& topic : topics_) {
      wire::FetchResponse::Topic& out = response.topics.emplace_back();
      out.name = topic.name;
      out.partitions.resize(topic.partitions.size());
      for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
        read_partition(topic, topic.partitions[i], out.partitions[i], left, empty);
      }
    }
    tickets_.clear();
    reply_(std::move(response));
  }

 private:
  PartitionLog* find(const WantedTopic& topic, const Wanted& wanted) const {
    return node_.topics.find_partition(topic.name, wanted.partition);
  }

  static ErrorCode check(const PartitionLog& log, const Wanted& wanted) {
    const ErrorCode error = check_leader(log, wanted.leader_epoch);
    if (error != ErrorCode::none) return error;
    const bool inside = wanted.offset >= log.log_start() && wanted.offset <= log.high_watermark();
    return inside ? ErrorCode::none : ErrorCode::offset_out_of_range;
  }

  // KIP-595: the client has read records of an epoch that ended earlier here: they were lost with the machine.
  static std::optional<PartitionLog::EpochEnd> diverges(const PartitionLog& log, const Wanted& wanted) {
    if (wanted.last_epoch < 0) return std::nullopt;
    const PartitionLog::EpochEnd end = log.end_of_epoch(wanted.last_epoch);
    if (end.epoch < 0 || (end.epoch == wanted.last_epoch && end.end >= wanted.offset)) return std::nullopt;
    return end;
  }

  void read_partition(const WantedTopic& topic, const Wanted& wanted, FetchAnswer& out, std::uint64_t& left,
                      bool& empty) {
    out.index = wanted.partition;
    out.aborted_transactions.reset();
    PartitionLog* log = find(topic, wanted);
    if (log == nullptr) {
      out.error_code = ErrorCode::unknown_topic_or_partition;
      return;
    }
    out.high_watermark = log->high_watermark();
    out.last_stable_offset = log->high_watermark();
    out.log_start_offset = log->log_start();
    out.error_code = check(*log, wanted);
    if (out.error_code != ErrorCode::none) return;
    if (const std::optional<PartitionLog::EpochEnd> end = diverges(*log, wanted)) {
      out.diverging_epoch = {end->epoch, end->end};
      return;
    }
    // The first partition with records gives one batch whatever the limits: a client must be able to go on (KIP-74).
    const auto limit = static_cast<std::uint32_t>(std::min<std::uint64_t>(wanted.max_bytes, left));
    if (limit == 0 && !empty) return;
    storage::Fetched fetched = log->read(wanted.offset, limit, empty);
    out.error_code = fetched.error;
    const std::uint64_t size = fetched.records.size();
    empty = empty && size == 0;
    left -= std::min(left, size);
    out.records = std::move(fetched.records);
  }

  Node& node_;
  Reply<wire::FetchResponse> reply_;
  std::uint64_t min_bytes_ = 0;
  std::uint32_t max_bytes_ = 0;
  std::vector<WantedTopic> topics_;
  std::uint64_t footprint_ = 0;  // what it takes in memory while it waits
  bool parked_ = false;
  std::vector<PartitionLog::Ticket> tickets_;
  Timers::Id timer_ = 0;
  bool answered_ = false;
};

}  // namespace

void fetch(Call& call, const wire::FetchRequest& request, Reply<wire::FetchResponse> reply) {
  // Sessions (KIP-227) are declined with the id 0; who comes with one is from before a restart.
  if (request.session_id != 0 && request.session_epoch > 0) {
    wire::FetchResponse response;
    response.error_code = ErrorCode::fetch_session_id_not_found;
    return reply(std::move(response));
  }
  const auto parked = std::make_shared<FetchCall>(call.node, request, std::move(reply));
  const bool waits = request.max_wait_ms > 0 && parked->fits();
  if (!waits || parked->is_ready()) return parked->answer();
  parked->park(std::min<Duration>(std::chrono::milliseconds(request.max_wait_ms), kMostPatience), *call.slot);
}

}  // namespace weir::embedded::broker::api
