// Streams.Read: drives a session, one message on the wire at a time.
#include "embedded/eventstore/calls/calls.hpp"
#include "embedded/eventstore/calls/messages.hpp"
#include "embedded/eventstore/calls/read_answer.hpp"
#include "embedded/eventstore/calls/read_request.hpp"
#include "embedded/eventstore/wire/errors.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <grpcpp/generic/async_generic_service.h>

namespace weir::embedded::eventstore {

namespace {

// How long a read that is over waits for the client to end its side. A call that is ended before is reset, and some
// clients then fail instead of reading what was sent.
constexpr auto kPatience = std::chrono::seconds(5);

// At any time it does one thing: waits for the request, loads a page (on a disk thread), writes a message (gRPC), waits
// for a commit, waits for the client to end its side, or is finished. gRPC never calls back from inside of StartRead,
// StartWrite or Finish, so they are called under the lock.
class ReadCall final : public grpc::ServerGenericBidiReactor,
                       public LiveCall,
                       public std::enable_shared_from_this<ReadCall> {
 public:
  ReadCall(CallContext& context, grpc::CallbackServerContext& call)
      : context_(context), call_(call), timer_(context.timers) {}

  void start() {
    self_ = shared_from_this();
    const std::lock_guard lock(mutex_);
    if (!context_.calls.enter(self_)) return end(errors::shutting_down());
    StartRead(&incoming_);
  }

  void OnReadDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    if (!ok) {
      client_done_ = true;
      if (doing_ == Doing::asking) finish(errors::invalid_argument("the read has no request"));
      if (doing_ == Doing::closing) end(*stop_);
    } else if (doing_ == Doing::asking) {
      begin();
      if (doing_ != Doing::finished) StartRead(&incoming_);  // for the end of the client's side
    } else {
      client_done_ = true;  // no client waits for an answer to that
      stop_with(errors::invalid_argument("a read takes one request"));
    }
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    if (!ok) {
      client_done_ = true;
      stop_ = grpc::Status::CANCELLED;
    }
    go_on();
  }

  void OnCancel() override {
    const std::lock_guard lock(mutex_);
    client_done_ = true;
    stop_with(grpc::Status::CANCELLED);
  }
  void shut_down() override {
    const std::lock_guard lock(mutex_);
    client_done_ = true;  // or as good as that
    stop_with(errors::shutting_down());
  }

  void OnDone() override {
    registration_.reset();
    if (read_.is_subscription) context_.calls.subscriptions.fetch_sub(1);
    context_.calls.leave(this);
    self_.reset();
  }

 private:
  enum class Doing { asking, loading, writing, waiting, closing, finished };

  void begin() {
    streams::ReadReq request;
    if (!parse_message(incoming_, request)) return finish(errors::unreadable_message());
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

  // Something was committed that may be ours.
  void wake() {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    if (doing_ == Doing::waiting) load();
  }

  void stop_with(const grpc::Status& status) {
    if (doing_ == Doing::finished) return;
    if (doing_ == Doing::closing) return end(*stop_);
    if (!stop_) stop_ = status;
    if (doing_ == Doing::waiting || doing_ == Doing::asking) finish(*stop_);
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
    write_bytes(response_, outgoing_);
    StartWrite(&outgoing_);  // without a buffer hint: see batch_append_call.cpp
  }

  grpc::Status status_of(const Error& error) {
    return error.code() == Errc::stream_deleted ? errors::stream_deleted(call_, read_.stream) : errors::of(error);
  }

  // Nothing more is sent.
  void finish(const grpc::Status& status) {
    if (client_done_) return end(status);
    doing_ = Doing::closing;
    stop_ = status;
    timer_.expires_after(kPatience);
    timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& failure) {
      const std::shared_ptr<ReadCall> self = weak.lock();
      if (failure || self == nullptr) return;
      const std::lock_guard lock(self->mutex_);
      if (self->doing_ == Doing::closing) self->end(*self->stop_);
    });
  }

  void end(const grpc::Status& status) {
    if (doing_ == Doing::closing) timer_.cancel();
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
  grpc::ByteBuffer incoming_;
  grpc::ByteBuffer outgoing_;
  Doing doing_ = Doing::asking;
  bool client_done_ = false;  // ended its side, or is gone
  bool woken_ = false;
  std::optional<grpc::Status> stop_;  // how the call ends; while it closes, how it will
  ReadPage page_;
  std::size_t next_message_ = 0;
  streams::ReadResp response_;
  boost::asio::steady_timer timer_;
};

}  // namespace

grpc::ServerGenericBidiReactor* start_read(CallContext& context, grpc::CallbackServerContext& call) {
  const auto read = std::make_shared<ReadCall>(context, call);
  read->start();
  return read.get();
}

}  // namespace weir::embedded::eventstore
