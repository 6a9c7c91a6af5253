// Streams.Read: drives a session, one message on the wire at a time.
#include "embedded/eventstore/calls/calls.hpp"
#include "embedded/eventstore/calls/read_answer.hpp"
#include "embedded/eventstore/calls/read_request.hpp"
#include "embedded/eventstore/wire/errors.hpp"

#include <boost/asio/post.hpp>

namespace weir::embedded::eventstore {

namespace {

// At any time it does one thing: loads a page (on a disk thread), writes a message (gRPC), waits for a commit, or is
// finished. gRPC never calls back from inside of StartWrite or Finish, so they are called under the lock.
class ReadCall final : public grpc::ServerWriteReactor<streams::ReadResp>,
                       public LiveCall,
                       public std::enable_shared_from_this<ReadCall> {
 public:
  ReadCall(CallContext& context, grpc::CallbackServerContext& call) : context_(context), call_(call) {}

  void start(const streams::ReadReq& request) {
    self_ = shared_from_this();
    const std::lock_guard lock(mutex_);
    if (!context_.calls.enter(self_)) return finish(errors::shutting_down());
    Result<CheckedRead> read = check_read(context_.store.reader(), request);
    if (!read) return finish(errors::of(read.error()));
    read_ = std::move(*read);
    label_ = read_.stream;
    if (read_.is_subscription) {
      label_ = Uuid::random().str();
      context_.calls.subscriptions.fetch_add(1);
      const std::weak_ptr<ReadCall> weak = self_;
      registration_ = context_.store.feed().listen(read_.stream, [weak] {
        if (const std::shared_ptr<ReadCall> call = weak.lock()) call->wake();
      });
    }
    load();
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    if (!ok) stop_ = grpc::Status::CANCELLED;
    go_on();
  }

  void OnCancel() override { stop_with(grpc::Status::CANCELLED); }
  void shut_down() override { stop_with(errors::shutting_down()); }

  void OnDone() override {
    registration_.reset();
    if (read_.is_subscription) context_.calls.subscriptions.fetch_sub(1);
    context_.calls.leave(this);
    self_.reset();
  }

 private:
  enum class Doing { loading, writing, waiting, finished };

  // Something was committed that may be ours.
  void wake() {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    if (doing_ == Doing::waiting) load();
  }

  void stop_with(const grpc::Status& status) {
    const std::lock_guard lock(mutex_);
    if (doing_ == Doing::finished) return;
    if (!stop_) stop_ = status;
    if (doing_ == Doing::waiting) finish(*stop_);
  }

  void load() {
    doing_ = Doing::loading;
    woken_ = false;  // what is committed from here on wakes us again
    boost::asio::post(context_.disk, [self = shared_from_this()] {
      ReadPage page = self->read_.session->next_page();
      const std::lock_guard lock(self->mutex_);
      self->page_ = std::move(page);
      self->next_message_ = 0;
      self->go_on();
    });
  }

  void go_on() {
    if (stop_) return finish(*stop_);
    if (next_message_ < page_.messages.size()) return write();
    if (page_.error) return finish(status_of(*page_.error));
    switch (page_.after) {
      case ReadPage::After::done:
        return finish(grpc::Status::OK);
      case ReadPage::After::more:
        return load();
      case ReadPage::After::idle:
        page_ = ReadPage();
        if (woken_) return load();
        doing_ = Doing::waiting;
        return;
    }
  }

  void write() {
    doing_ = Doing::writing;
    write_message(std::move(page_.messages[next_message_++]), read_.uuid_form, label_, response_);
    StartWrite(&response_);  // without a buffer hint: see batch_append_call.cpp
  }

  grpc::Status status_of(const Error& error) {
    return error.code() == Errc::stream_deleted ? errors::stream_deleted(call_, read_.stream) : errors::of(error);
  }

  void finish(const grpc::Status& status) {
    doing_ = Doing::finished;
    Finish(status);
  }

  CallContext& context_;
  grpc::CallbackServerContext& call_;
  std::shared_ptr<ReadCall> self_;  // until OnDone
  CheckedRead read_;
  std::string label_;
  CommitFeed::Registration registration_;

  std::mutex mutex_;
  Doing doing_ = Doing::loading;
  bool woken_ = false;
  std::optional<grpc::Status> stop_;
  ReadPage page_;
  std::size_t next_message_ = 0;
  streams::ReadResp response_;
};

}  // namespace

grpc::ServerWriteReactor<streams::ReadResp>* start_read(CallContext& context, grpc::CallbackServerContext& call,
                                                        const streams::ReadReq& request) {
  const auto read = std::make_shared<ReadCall>(context, call);
  read->start(request);
  return read.get();
}

}  // namespace weir::embedded::eventstore
