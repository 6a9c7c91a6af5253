// Sessions that end: count reads of streams and of `$all`.
#include "embedded/eventstore/reads/read_session.hpp"

namespace weir::embedded::eventstore {

namespace {

ReadMessage event_message(ResolvedEvent event) {
  ReadMessage message;
  message.event = std::move(event);
  return message;
}

ReadPage failed(Error error) {
  ReadPage page;
  page.error = std::move(error);
  return page;
}

class StreamRead final : public ReadSession {
 public:
  StreamRead(const Reader& reader, StreamReadRequest request)
      : reader_(reader), request_(std::move(request)), left_(request_.count) {
    const bool forwards = request_.direction == Direction::forwards;
    next_ = request_.from.value_or(forwards && !request_.from_end ? 0 : kDeletedRevision);
  }

  ReadPage next_page() override {
    Result<StreamState> state = reader_.stream(request_.stream);
    if (!state) return failed(state.error());
    if (state->tombstoned) return failed(tombstoned(request_.stream));
    ReadPage out;
    if (state->last == kNoRevision || state->soft_deleted()) {
      out.messages.push_back({ReadMessage::Kind::stream_not_found, {}, 0});
      out.after = ReadPage::After::done;
      return out;
    }
    PageLimit limit;
    limit.events = static_cast<std::size_t>(std::min<std::uint64_t>(left_, kStreamPage));
    if (first_page_) tell_first_position(*state, limit, out);
    first_page_ = false;

    Result<StreamPage> page = reader_.read_stream(request_.stream, *state, next_, request_.direction, limit,
                                                  request_.resolve_links, Reader::Forgotten::hide);
    if (!page) return failed(page.error());
    for (ResolvedEvent& event : page->events) out.messages.push_back(event_message(std::move(event)));
    left_ -= page->events.size();
    next_ = page->next;
    if (page->is_end || left_ == 0) {
      if (request_.wants_positions) {
        out.messages.push_back({ReadMessage::Kind::last_stream_position, {}, static_cast<std::uint64_t>(state->last)});
      }
      out.after = ReadPage::After::done;
    }
    return out;
  }

 private:
  // A client that asks for what is forgotten is told where the
  // stream begins now, when its first page would have been empty.
  void tell_first_position(const StreamState& state, const PageLimit& limit, ReadPage& out) {
    if (!request_.wants_positions || request_.direction != Direction::forwards || limit.events == 0) return;
    const Revision first = state.first_readable(is_metastream(request_.stream));
    const bool first_page_is_empty = next_ < first && static_cast<Revision>(limit.events) <= first - next_;
    if (first_page_is_empty)
      out.messages.push_back({ReadMessage::Kind::first_stream_position, {}, static_cast<std::uint64_t>(first)});
  }

  const Reader& reader_;
  StreamReadRequest request_;
  std::uint64_t left_;
  Revision next_ = 0;
  bool first_page_ = true;
};

class LogRead final : public ReadSession {
 public:
  LogRead(const Reader& reader, LogReadRequest request)
      : reader_(reader), request_(std::move(request)), left_(request_.count) {}

  ReadPage next_page() override {
    ReadPage out;
    if (first_page_) {
      first_page_ = false;
      if (std::optional<Error> error = start()) return failed(std::move(*error));
    }
    if (nothing_ || left_ == 0) {
      out.after = ReadPage::After::done;
      return out;
    }
    PageLimit limit;
    limit.events = kLogPage;
    Result<LogPage> page = reader_.read_log(next_, request_.direction, limit, request_.filter, request_.resolve_links);
    if (!page) return failed(page.error());
    for (LogPage::Item& item : page->items) {
      if (left_ == 0) break;
      next_ = request_.direction == Direction::forwards ? item.position + 1 : item.position - 1;
      if (!item.event) continue;
      out.messages.push_back(event_message(std::move(*item.event)));
      --left_;
    }
    if (page->is_end || left_ == 0 || next_ == 0) out.after = ReadPage::After::done;
    return out;
  }

 private:
  std::optional<Error> start() {
    const Result<Position> last = reader_.last_position();
    if (!last) return last.error();
    const bool forwards = request_.direction == Direction::forwards;
    if (request_.from && *request_.from > *last + 1) return invalid_position(*request_.from, *last);
    if (request_.from_end) {
      nothing_ = forwards;
      next_ = *last;
    } else if (forwards) {
      next_ = request_.from.value_or(0);
    } else {
      nothing_ = request_.from.value_or(0) == 0;  // before the start there is nothing
      next_ = nothing_ ? 0 : *request_.from - 1;
    }
    return std::nullopt;
  }

  const Reader& reader_;
  LogReadRequest request_;
  std::uint64_t left_;
  Position next_ = 0;
  bool first_page_ = true;
  bool nothing_ = false;
};

}  // namespace

std::unique_ptr<ReadSession> read_stream_session(const Reader& reader, StreamReadRequest request) {
  return std::make_unique<StreamRead>(reader, std::move(request));
}

std::unique_ptr<ReadSession> read_log_session(const Reader& reader, LogReadRequest request) {
  return std::make_unique<LogRead>(reader, std::move(request));
}

Error invalid_position(Position asked, Position last) {
  return Error(Errc::invalid_argument,
               "invalid position " + std::to_string(asked) + ": the log ends at position " + std::to_string(last));
}

Error tombstoned(std::string_view stream) {
  return Error(Errc::stream_deleted, "Event stream '" + std::string(stream) + "' is deleted.");
}

}  // namespace weir::embedded::eventstore
