// Streams.BatchAppend: many appends on one call, each with a correlation id, answered as they get done.
#include "embedded/eventstore/calls/batch_answers.hpp"
#include "embedded/eventstore/calls/calls.hpp"
#include "embedded/eventstore/calls/messages.hpp"
#include "embedded/eventstore/wire/errors.hpp"

#include <absl/container/flat_hash_map.h>
#include <boost/asio/steady_timer.hpp>

namespace weir::embedded::eventstore {

namespace {

using streams::BatchAppendReq;
using streams::BatchAppendResp;

// Beyond these the call stops reading until answers have left; so a client that sends without listening is held back.
constexpr std::size_t kMaxInFlight = 4096;
constexpr std::size_t kMaxBytesInFlight = std::size_t{16} << 20;
// Appends that were begun and not ended, on one call.
constexpr std::size_t kMaxUnfinished = 1024;
constexpr std::size_t kMaxUnfinishedBytes = std::size_t{32} << 20;

// gRPC never calls back from inside of StartRead, StartWrite or Finish, so they are called under the lock. The
// sequencer's lock is taken below ours, never the other way round.
class BatchAppendCall final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                              public LiveCall,
                              public std::enable_shared_from_this<BatchAppendCall> {
 public:
  explicit BatchAppendCall(CallContext& context) : context_(context), timer_(context.timers) {}

  void start() {
    self_ = shared_from_this();
    const std::lock_guard lock(mutex_);
    if (!context_.calls.enter(self_)) {
      end_ = errors::shutting_down();
    } else {
      read();
    }
    go_on();
  }

  void OnReadDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    reading_ = false;
    if (!ok) {
      // What was begun and not ended never will be. What was ended is still done and answered.
      if (!end_) end_ = grpc::Status::OK;
    } else if (!end_) {
      if (std::optional<grpc::Status> broken = take_message()) end_ = *broken;
    }
    go_on();
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    if (!ok) gone_ = true;
    if (ok && writes_success_) context_.calls.acknowledged.fetch_add(1, std::memory_order_relaxed);
    go_on();
  }

  void OnCancel() override {
    const std::lock_guard lock(mutex_);
    gone_ = true;
    go_on();
  }

  void shut_down() override {
    const std::lock_guard lock(mutex_);
    if (!end_) end_ = errors::shutting_down();
    go_on();
  }

  void OnDone() override {
    context_.calls.leave(this);
    self_.reset();
  }

 private:
  struct Unfinished {
    WriteRequest request;
    BatchAppendResp answer;
    TimePoint deadline;
    std::size_t bytes = 0;
  };

  // --- requests ---

  // A status: the call cannot go on.
  std::optional<grpc::Status> take_message() {
    if (!parse_message(incoming_, message_)) return errors::unreadable_message();
    const std::optional<Uuid> id = wire::parse_uuid(message_.correlation_id());
    if (!id) return errors::invalid_argument("correlation_id is missing or no UUID");
    auto found = unfinished_.find(*id);
    if (found == unfinished_.end()) {
      if (!message_.has_options()) return std::nullopt;  // the rest of an append that was already answered
      found = begin_append(*id);
      if (found == unfinished_.end()) return std::nullopt;
    }
    if (!take_events(found->second)) {
      drop(found);
    } else if (message_.is_final()) {
      submit(found);
    }
    return std::nullopt;
  }

  using Appends = absl::flat_hash_map<Uuid, Unfinished>;

  Appends::iterator begin_append(const Uuid& id) {
    const BatchAppendReq::Options& options = message_.options();
    BatchAppendResp answer = answer_for(message_.correlation_id(), options);
    const auto refuse = [&] {
      push_refusal(std::move(answer));
      return unfinished_.end();
    };
    std::optional<std::string> name = wire::stream_name(options.has_stream_identifier(), options.stream_identifier());
    if (!name) {
      set_bad_request("options.stream_identifier is missing or names no stream", answer);
      return refuse();
    }
    const auto expected = wire::expected_of(options);
    if (!expected) {
      set_bad_request("options needs one of stream_position, no_stream, any, stream_exists", answer);
      return refuse();
    }
    if (unfinished_.size() >= kMaxUnfinished || unfinished_bytes_ >= kMaxUnfinishedBytes) {
      set_bad_request("too many appends of this call are begun and not ended", answer);
      return refuse();
    }
    const Duration left = time_left(options);
    if (left <= Duration::zero()) {
      set_timeout(answer);
      return refuse();
    }
    Unfinished append;
    append.request.stream = std::move(*name);
    append.request.expected = *expected;
    append.answer = std::move(answer);
    append.deadline = context_.store.clock().now() + left;
    return unfinished_.emplace(id, std::move(append)).first;
  }

  Duration time_left(const BatchAppendReq::Options& options) const {
    switch (options.deadline_option_case()) {
      case BatchAppendReq::Options::kDeadline: {
        if (options.deadline().seconds() >= kWriteTimeout / std::chrono::seconds(1)) return kWriteTimeout;
        if (options.deadline().seconds() < 0) return Duration::zero();
        return std::chrono::seconds(options.deadline().seconds()) +
               std::chrono::nanoseconds(options.deadline().nanos());
      }
      case BatchAppendReq::Options::kDeadline21100: {
        const auto now = context_.store.clock().wall_now().time_since_epoch();
        const std::int64_t seconds = options.deadline_21_10_0().seconds();
        const auto now_seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
        if (seconds - now_seconds > kWriteTimeout / std::chrono::seconds(1)) return kWriteTimeout;
        if (seconds < now_seconds - 1) return Duration::zero();
        const Duration left =
            std::chrono::seconds(seconds) + std::chrono::nanoseconds(options.deadline_21_10_0().nanos()) - now;
        return std::min<Duration>(left, kWriteTimeout);
      }
      default:
        return kWriteTimeout;
    }
  }

  // False: the append was refused and answered.
  bool take_events(Unfinished& append) {
    for (BatchAppendReq::ProposedMessage& message : *message_.mutable_proposed_messages()) {
      wire::Proposal proposal = wire::take_proposal(message);
      if (proposal.defect != wire::Proposal::Defect::none) {
        set_bad_request(text_of(proposal.defect), append.answer);
        return false;
      }
      const std::size_t size = proposal.event.size();
      append.bytes += size;
      unfinished_bytes_ += size;
      if (append.bytes > kMaxAppendBytes) {
        set_too_large(kMaxAppendBytes, append.answer);
        return false;
      }
      append.request.events.push_back(std::move(proposal.event));
    }
    if (!message_.is_final()) watch_deadline(append.deadline);
    return true;
  }

  static std::string text_of(wire::Proposal::Defect defect) {
    if (defect == wire::Proposal::Defect::no_id) return "an event's id is missing, empty or no UUID";
    if (defect == wire::Proposal::Defect::no_type) return "an event's type is empty";
    return "Required Metadata Property 'type' or 'content-type' is missing";
  }

  void submit(Appends::iterator at) {
    Unfinished append = std::move(at->second);
    unfinished_bytes_ -= append.bytes;
    unfinished_.erase(at);
    const std::size_t bytes = append.bytes;
    WriteRequest& request = append.request;
    request.deadline = append.deadline;
    auto answer = std::make_shared<BatchAppendResp>(std::move(append.answer));
    request.done = [self = shared_from_this(), answer, bytes](AppendResult result) {
      set_result(result, *answer);
      const std::lock_guard lock(self->mutex_);
      --self->submitted_;
      self->outbox_.push_back({std::move(*answer), bytes});
      self->go_on();
    };
    const Sequencer::Submitted submitted = context_.store.sequencer().submit(std::move(request));
    ++submitted_;
    ++in_flight_;
    bytes_in_flight_ += bytes;
    if (submitted == Sequencer::Submitted::queued) return;
    --submitted_;
    --in_flight_;
    bytes_in_flight_ -= bytes;
    if (submitted == Sequencer::Submitted::stopped) {
      set_unavailable("Server Is Shutting Down", *answer);
    } else {
      set_timeout(*answer);  // nothing was written; the client may try again
    }
    push_refusal(std::move(*answer));
  }

  void drop(Appends::iterator at) {
    unfinished_bytes_ -= at->second.bytes;
    BatchAppendResp answer = std::move(at->second.answer);
    unfinished_.erase(at);
    push_refusal(std::move(answer));
  }

  // --- deadlines of appends that are not ended ---

  void watch_deadline(TimePoint deadline) {
    if (watching_ && deadline >= watched_) return;
    watching_ = true;
    watched_ = deadline;
    timer_.expires_at(std::chrono::time_point_cast<boost::asio::steady_timer::duration>(deadline));
    timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& failure) {
      const std::shared_ptr<BatchAppendCall> self = weak.lock();
      if (failure || self == nullptr) return;
      const std::lock_guard lock(self->mutex_);
      self->expire();
      self->go_on();
    });
  }

  void expire() {
    watching_ = false;
    const TimePoint now = context_.store.clock().now();
    std::vector<Uuid> expired;
    TimePoint next = TimePoint::max();
    for (const auto& [id, append] : unfinished_) {
      if (append.deadline <= now) {
        expired.push_back(id);
      } else {
        next = std::min(next, append.deadline);
      }
    }
    for (const Uuid& id : expired) {
      const auto at = unfinished_.find(id);
      set_timeout(at->second.answer);
      drop(at);
    }
    if (next != TimePoint::max() && !end_) watch_deadline(next);
  }

  // --- answers ---

  void push_refusal(BatchAppendResp answer) {
    ++in_flight_;  // it too takes memory until it is out
    outbox_.push_back({std::move(answer), 0});
  }

  void read() {
    reading_ = true;
    StartRead(&incoming_);
  }

  void go_on() {
    if (finished_) return;
    if (gone_) {
      if (!writing_) finish(grpc::Status::CANCELLED);
      return;
    }
    if (!writing_ && !outbox_.empty()) write();
    if (end_) {
      if (!writing_ && submitted_ == 0) finish(*end_);
      return;
    }
    if (!reading_ && in_flight_ < kMaxInFlight && bytes_in_flight_ < kMaxBytesInFlight) read();
  }

  void write() {
    writing_ = true;
    write_bytes(outbox_.front().answer, outgoing_);
    writes_success_ = outbox_.front().answer.has_success();
    bytes_in_flight_ -= outbox_.front().bytes;
    --in_flight_;
    outbox_.pop_front();
    // No buffer hint, though more may be waiting: with grpc++ 1.51 the last messages of a hinted run can stay in the
    // server's buffer until the next keepalive.
    StartWrite(&outgoing_);
  }

  void finish(const grpc::Status& status) {
    finished_ = true;
    unfinished_.clear();
    outbox_.clear();
    timer_.cancel();
    Finish(status);
  }

  struct Answer {
    BatchAppendResp answer;
    std::size_t bytes;
  };

  CallContext& context_;
  std::shared_ptr<BatchAppendCall> self_;  // until OnDone

  std::mutex mutex_;
  grpc::ByteBuffer incoming_;
  grpc::ByteBuffer outgoing_;
  BatchAppendReq message_;
  bool writes_success_ = false;  // by what is in outgoing_
  Appends unfinished_;
  std::size_t unfinished_bytes_ = 0;
  std::deque<Answer> outbox_;
  std::size_t submitted_ = 0;  // with the sequencer
  std::size_t in_flight_ = 0;  // with the sequencer or in the outbox
  std::size_t bytes_in_flight_ = 0;
  bool reading_ = false;
  bool writing_ = false;
  bool gone_ = false;  // the client is
  bool finished_ = false;
  std::optional<grpc::Status> end_;  // how the call ends once all is answered
  boost::asio::steady_timer timer_;
  bool watching_ = false;
  TimePoint watched_{};
};

}  // namespace

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* start_batch_append(CallContext& context) {
  const auto batch = std::make_shared<BatchAppendCall>(context);
  batch->start();
  return batch.get();
}

}  // namespace weir::embedded::eventstore
