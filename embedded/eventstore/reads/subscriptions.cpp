// Sessions that go on: catch-up subscriptions to streams and to `$all`.
#include "embedded/eventstore/reads/read_session.hpp"

namespace weir::embedded::eventstore {

namespace {

ReadPage failed(ReadPage page, Error error) {
  page.error = std::move(error);
  return page;
}

void add(ReadPage& page, ReadMessage::Kind kind, std::uint64_t value = 0) {
  page.messages.push_back({kind, {}, value});
}

void add(ReadPage& page, ResolvedEvent event) {
  page.messages.push_back({ReadMessage::Kind::event, std::move(event), 0});
}

class StreamSubscription final : public ReadSession {
 public:
  StreamSubscription(const Reader& reader, StreamSubscriptionRequest request)
      : reader_(reader), request_(std::move(request)) {
    if (request_.after) seen_ = *request_.after;
  }

  ReadPage next_page() override {
    ReadPage out;
    const Result<StreamState> state = reader_.stream(request_.stream);
    if (!state) return failed(std::move(out), state.error());
    if (!confirmed_) {
      confirmed_ = true;
      if (request_.from_end) seen_ = state->last;  // fixed before the client may believe that it is subscribed
      add(out, ReadMessage::Kind::confirmation);
      return out;
    }
    if (state->tombstoned && !live_) return failed(std::move(out), tombstoned(request_.stream));

    // Whoever is live sees every event, also those that a later append has already made the stream forget.
    const Reader::Forgotten forgotten = live_ ? Reader::Forgotten::show : Reader::Forgotten::hide;
    const bool readable = live_ || !state->soft_deleted();
    bool is_end = true;
    if (readable && seen_ < kDeletedRevision) {
      PageLimit limit;
      limit.events = kStreamPage;
      Result<StreamPage> page = reader_.read_stream(request_.stream, *state, seen_ + 1, Direction::forwards, limit,
                                                    request_.resolve_links, forgotten);
      if (!page) return failed(std::move(out), page.error());
      is_end = page->is_end;
      seen_ = std::max(seen_, page->next - 1);
      for (ResolvedEvent& event : page->events) add(out, std::move(event));
    }
    if (!is_end) return out;
    if (state->tombstoned) return failed(std::move(out), tombstoned(request_.stream));
    if (!live_) {
      live_ = true;
      seen_ = std::max(seen_, state->last);  // what is soft-deleted stays unseen
      add(out, ReadMessage::Kind::caught_up);
    }
    out.after = ReadPage::After::idle;
    return out;
  }

 private:
  const Reader& reader_;
  StreamSubscriptionRequest request_;
  Revision seen_ = kNoRevision;
  bool confirmed_ = false;
  bool live_ = false;
};

class LogSubscription final : public ReadSession {
 public:
  LogSubscription(const Reader& reader, LogSubscriptionRequest request)
      : reader_(reader), request_(std::move(request)) {}

  ReadPage next_page() override {
    ReadPage out;
    if (!confirmed_) {
      confirmed_ = true;
      if (std::optional<Error> error = start()) return failed(std::move(out), std::move(*error));
      add(out, ReadMessage::Kind::confirmation);
      return out;
    }
    PageLimit limit;
    limit.events = kLogPage;
    Result<LogPage> page =
        reader_.read_log(seen_ + 1, Direction::forwards, limit, request_.filter, request_.resolve_links);
    if (!page) return failed(std::move(out), page.error());
    for (LogPage::Item& item : page->items) {
      seen_ = item.position;
      if (item.event) add(out, std::move(*item.event));
      if (request_.checkpoint_interval != 0 && ++examined_ % request_.checkpoint_interval == 0) add_checkpoint(out);
    }
    if (!page->is_end) {
      live_ = false;  // more than a page behind
      return out;
    }
    if (!live_) {
      live_ = true;
      if (request_.checkpoint_interval != 0) add_checkpoint(out);
      add(out, ReadMessage::Kind::caught_up);
    }
    out.after = ReadPage::After::idle;
    return out;
  }

 private:
  std::optional<Error> start() {
    const Result<Position> last = reader_.last_position();
    if (!last) return last.error();
    if (request_.after && *request_.after > *last + 1) return invalid_position(*request_.after, *last);
    seen_ = request_.from_end ? *last : std::min(request_.after.value_or(0), *last);
    return std::nullopt;
  }

  void add_checkpoint(ReadPage& out) {
    if (seen_ <= checkpoint_) return;
    checkpoint_ = seen_;
    add(out, ReadMessage::Kind::checkpoint, seen_);
  }

  const Reader& reader_;
  LogSubscriptionRequest request_;
  Position seen_ = 0;
  Position checkpoint_ = 0;
  std::uint64_t examined_ = 0;
  bool confirmed_ = false;
  bool live_ = false;
};

}  // namespace

std::unique_ptr<ReadSession> subscribe_stream_session(const Reader& reader, StreamSubscriptionRequest request) {
  return std::make_unique<StreamSubscription>(reader, std::move(request));
}

std::unique_ptr<ReadSession> subscribe_log_session(const Reader& reader, LogSubscriptionRequest request) {
  return std::make_unique<LogSubscription>(reader, std::move(request));
}

}  // namespace weir::embedded::eventstore
