#include "connectors/eventstoredb/detail/batch_call.hpp"

#include "connectors/eventstoredb/detail/deadline.hpp"
#include "connectors/eventstoredb/detail/status.hpp"

#include <absl/container/flat_hash_set.h>

namespace weir::connectors::eventstoredb::detail {

BatchCall::BatchCall(Transport& transport, std::string peer, Duration deadline, OnEnd on_end)
    : use_(transport), peer_(std::move(peer)), deadline_ms_(to_milliseconds(deadline)), on_end_(std::move(on_end)) {}

void BatchCall::start(wire_streams::Streams::Stub& stub) {
  self_ = shared_from_this();
  last_answer_ms_ = monotonic_ms();
  stub.async()->BatchAppend(&context_, this);
  AddHold();  // submit() starts writes from outside the reactor's own callbacks
  StartRead(&response_);
  StartCall();
  {
    const std::lock_guard lock(mutex_);
    started_ = true;
  }
  write_next();
}

bool BatchCall::ended() {
  const std::lock_guard lock(mutex_);
  return ended_;
}

bool BatchCall::submit(const Uuid& correlation, std::vector<Request> messages, AppendAnswer answer) {
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return false;
    const std::int64_t now = monotonic_ms();
    if (pending_.empty()) last_answer_ms_ = now;  // silence counts from here
    pending_.emplace(correlation, Pending{std::move(answer), now + deadline_ms_});
    for (Request& message : messages) queue_.push_back({correlation, std::move(message)});
  }
  write_next();
  arm_alarm();
  return true;
}

void BatchCall::write_next() {
  const wire_streams::BatchAppendReq* next = nullptr;
  grpc::WriteOptions options;
  {
    const std::lock_guard lock(mutex_);
    if (!started_ || ended_ || writing_ != nullptr || queue_.empty()) return;
    if (const auto found = pending_.find(queue_.front().correlation); found != pending_.end())
      found->second.sent = true;
    writing_ = std::move(queue_.front().message);
    queue_.pop_front();
    next = writing_.get();
    if (!queue_.empty()) options.set_buffer_hint();
    AddHold();  // the call may end before the next line: this keeps OnDone away until the write is started
  }
  StartWrite(next, options);
  RemoveHold();
}

void BatchCall::OnWriteDone(bool ok) {
  {
    const std::lock_guard lock(mutex_);
    writing_.reset();
  }
  if (ok) write_next();
}

void BatchCall::OnReadDone(bool ok) {
  if (!ok) {
    {
      const std::lock_guard lock(mutex_);
      if (ended_) return;
      ended_ = true;  // no more submits; OnDone tells the rest
    }
    RemoveHold();
    return;
  }
  const std::optional<Uuid> correlation = read_uuid(response_.correlation_id());
  AppendAnswer answer;
  {
    const std::lock_guard lock(mutex_);
    // An id we do not know: an append that was given up at its deadline, or the server's mistake. Neither is anybody's
    // answer, nor a sign that the server keeps up.
    if (const auto found = correlation.has_value() ? pending_.find(*correlation) : pending_.end();
        found != pending_.end()) {
      answer = std::move(found->second.answer);
      pending_.erase(found);
      last_answer_ms_ = monotonic_ms();
    }
  }
  if (answer != nullptr) answer->set(read_batch_answer(response_, peer_));
  StartRead(&response_);
}

void BatchCall::OnDone(const grpc::Status& status) {
  absl::flat_hash_map<Uuid, Pending> left;
  std::shared_ptr<grpc::Alarm> alarm;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    left.swap(pending_);
    alarm = std::move(alarm_);
    queue_.clear();
  }
  if (alarm != nullptr) alarm->Cancel();
  on_end_(*this);
  // A server that ends the call in good order while appends are out has not said what became of them.
  const grpc::Status why =
      status.ok() ? grpc::Status(grpc::StatusCode::CANCELLED, "the server ended the call") : status;
  Error error = error_of(why, context_, CallKind::write, peer_);
  // One append was refused with the whole call, and nobody knows which: the others must not be taken for bad ones.
  if (left.size() > 1 && (error.is_data_error() || !error.retryable()))
    error = Error(Errc::unknown_outcome, error.message());
  for (auto& [correlation, pending] : left) pending.answer->set(error);
  self_.reset();  // may destroy this
}

void BatchCall::arm_alarm() {
  std::shared_ptr<grpc::Alarm> alarm;
  std::int64_t wait = 0;
  {
    const std::lock_guard lock(mutex_);
    if (ended_ || alarm_ != nullptr || pending_.empty()) return;
    alarm_ = std::make_shared<grpc::Alarm>();
    alarm = alarm_;
    wait = std::clamp<std::int64_t>(deadline_ms_ / 8, 5, 250);
  }
  alarm->Set(deadline_in(wait), [self = shared_from_this()](bool fired) {
    if (fired) self->on_alarm();
  });
}

void BatchCall::on_alarm() {
  std::vector<AppendAnswer> late;
  std::vector<AppendAnswer> unsent;
  absl::flat_hash_set<Uuid> withdrawn;
  std::shared_ptr<grpc::Alarm> old;  // this very alarm: kept until we are out of its callback's locks
  bool silent = false;
  {
    const std::lock_guard lock(mutex_);
    old = std::move(alarm_);
    if (ended_) return;
    const std::int64_t now = monotonic_ms();
    for (auto at = pending_.begin(); at != pending_.end();) {
      if (at->second.deadline_ms > now) {
        ++at;
        continue;
      }
      if (at->second.sent) {
        late.push_back(std::move(at->second.answer));
      } else {
        unsent.push_back(std::move(at->second.answer));
        withdrawn.insert(at->first);
      }
      pending_.erase(at++);
    }
    // What never left goes out of the queue: a second copy of it is about to come.
    if (!withdrawn.empty()) {
      std::erase_if(queue_, [&withdrawn](const Outgoing& waiting) { return withdrawn.contains(waiting.correlation); });
    }
    silent = (!late.empty() || !unsent.empty()) && now - last_answer_ms_ >= deadline_ms_;
  }
  for (const AppendAnswer& answer : late) {
    answer->set(Error(Errc::unknown_outcome, peer_ + " did not answer an append within " +
                                                 std::to_string(deadline_ms_) +
                                                 " ms; it may have been done and is tried again with the same ids"));
  }
  for (const AppendAnswer& answer : unsent) {
    answer->set(Error(Errc::unavailable, peer_ + " took no append within " + std::to_string(deadline_ms_) +
                                             " ms; this one was not sent and is tried again"));
  }
  if (silent) {
    cancel();
  } else {
    arm_alarm();
  }
}

}  // namespace weir::connectors::eventstoredb::detail
