#include "embedded/broker/net/connection.hpp"

#include "embedded/broker/wire/messages.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace weir::embedded::broker::net {

namespace {

constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kKeyBytes = 2;
constexpr std::size_t kAdmitFrom = std::size_t{64} << 10;  // smaller requests need not wait for memory
constexpr std::size_t kAdmitFromWhenShort = std::size_t{4} << 10;
constexpr std::size_t kReadWhenShort = std::size_t{4} << 10;
constexpr std::size_t kReadsPerTurn = 16;
// What one connection may do before the others have their turn, but for one request more.
constexpr std::size_t kRequestsPerTurn = 64;
constexpr std::uint64_t kAnswerBytesPerTurn = std::uint64_t{64} << 10;
constexpr std::size_t kFirstPiece = std::size_t{1} << 20;  // memory grows with what has really arrived

}  // namespace

Connection::Connection(std::unique_ptr<Transport> transport, Session session, Shared& shared, const HandleFrame& handle)
    : transport_(std::move(transport)),
      session_(std::move(session)),
      shared_(shared),
      handle_(handle),
      changed_(shared.executor),
      responses_([this] { changed_.notify_all(); }, shared.owned),
      kept_(shared.kept),
      last_request_(shared.timers.now()),
      frame_begun_(last_request_),
      sending_since_(last_request_) {}

Task<void> Connection::run() {
  TaskGroup loops(shared_.executor);
  loops.spawn("read", run_read_loop());
  loops.spawn("write", run_write_loop());
  co_await loops.join();
  close();
}

Task<void> Connection::run_read_loop() {
  in_frame_ = true;
  frame_begun_ = shared_.timers.now();
  bool going = co_await transport_->handshake();
  in_frame_ = false;
  for (std::size_t reads = 1; going && reading_; ++reads) {
    // Bytes that are always there already would keep the thread from everybody else.
    if (reads % kReadsPerTurn == 0) co_await boost::asio::post(shared_.executor, boost::asio::use_awaitable);
    while (reading_ && (overloaded() || waits_for_writes())) co_await changed_.wait();
    std::string_view bytes = held_;
    if (held_.empty()) {
      const std::size_t most = short_of_memory() ? kReadWhenShort : std::string_view::npos;
      bytes = co_await transport_->read(most);
      if (bytes.empty()) {
        // Clients never close one half only: nobody is there to read an answer.
        close();
        break;
      }
    }
    turn_is_over_ = false;
    next_ = RequestOrder::free;
    going = handle_requests(bytes);
    // `bytes` is lent until the next await: what is left of it are requests that have to wait, or the beginning of one.
    if (going && (turn_is_over_ || overloaded() || waits_for_writes())) {
      held_ = std::string(bytes);
      kept_.set(held_.size());
      if (turn_is_over_) co_await boost::asio::post(shared_.executor, boost::asio::use_awaitable);
      continue;
    }
    partial_.assign(bytes);
    held_ = std::string();
    kept_.set(partial_.size());
    if (going && !partial_.empty()) going = co_await finish_request();
  }
  end_reading();
}

void Connection::end_reading() {
  reading_ = false;
  responses_.hurry_all();
  changed_.notify_all();
}

bool Connection::handle_requests(std::string_view& bytes) {
  const std::uint64_t waiting_before = responses_.waiting_bytes();
  for (std::size_t handled = 0; reading_; ++handled) {
    turn_is_over_ = handled >= kRequestsPerTurn || responses_.waiting_bytes() >= waiting_before + kAnswerBytesPerTurn;
    if (turn_is_over_ || overloaded()) return true;
    const std::optional<std::size_t> length = length_of(bytes);
    if (!length) return false;
    if (*length == 0 || bytes.size() < kLengthBytes + *length) return true;
    const std::string_view frame = bytes.substr(kLengthBytes, *length);
    next_ = order_of(frame);
    if (waits_for_writes()) return true;
    bytes.remove_prefix(kLengthBytes + *length);
    if (!handle(frame)) return false;
  }
  return false;
}

Task<bool> Connection::finish_request() {
  in_frame_ = true;
  frame_begun_ = shared_.timers.now();
  MemoryBudget::Share share;
  bool admitted = false;
  std::size_t wanted = kLengthBytes + kKeyBytes;
  while (reading_) {
    const std::optional<std::size_t> length = length_of(partial_);
    if (!length) co_return false;
    if (*length > 0) {
      const bool first_look = wanted == kLengthBytes + kKeyBytes;
      wanted = kLengthBytes + *length;
      if (first_look && *length > (short_of_memory() ? kAdmitFromWhenShort : kAdmitFrom)) {
        // Whoever waits here has not taken the memory yet, so that nobody waits for him; the time does not count.
        in_frame_ = false;
        share = co_await shared_.memory.acquire(*length);
        kept_.set(0);
        admitted = true;
        in_frame_ = true;
        frame_begun_ = shared_.timers.now();
      }
    }
    const std::size_t have = partial_.size();
    if (have >= wanted) break;
    partial_.resize(std::min(wanted, std::max(have * 2, kFirstPiece)));
    if (!admitted) kept_.set(partial_.size());
    const std::span<char> place(partial_.data() + have, partial_.size() - have);
    const std::size_t size = co_await transport_->read_into(place);
    partial_.resize(have + size);
    if (size == 0) {
      close();
      co_return false;
    }
  }
  in_frame_ = false;
  if (reading_) next_ = order_of(std::string_view(partial_).substr(kLengthBytes));
  while (reading_ && waits_for_writes()) co_await changed_.wait();
  const bool going = reading_ && handle(std::string_view(partial_).substr(kLengthBytes));
  partial_ = std::string();
  kept_.set(0);
  co_return going;
}

std::optional<std::size_t> Connection::length_of(std::string_view bytes) {
  if (bytes.size() < kLengthBytes) return 0;
  const auto length = static_cast<std::uint32_t>(wire::Reader(bytes).i32());
  if (length <= shared_.limits.max_other_frame) {
    if (length > shared_.limits.max_stranger_frame && !session_.authenticated) {
      refuse("a large request before authentication");
      return std::nullopt;
    }
    // Less than a request's header cannot be one.
    if (length >= 8 || (session_.raw_token && length > 0)) return length;
    refuse("a request shorter than its header");
    return std::nullopt;
  }
  const std::string_view head = bytes.substr(0, kLengthBytes);
  if (head == "GET " || head == "POST" || head == "HEAD" || head == "PRI ") {
    refuse("HTTP; this port speaks Kafka's protocol");
    return std::nullopt;
  }
  if (head.starts_with("\x16\x03")) {
    refuse("TLS, but this broker listens without TLS (--tls-cert, --tls-key)");
    return std::nullopt;
  }
  if (bytes.size() < kLengthBytes + kKeyBytes) return 0;
  const bool produce = bytes[4] == 0 && bytes[5] == static_cast<char>(wire::ApiKey::produce);
  if (produce && length <= shared_.limits.max_frame && session_.authenticated) return length;
  refuse("a request of " + std::to_string(length) + " bytes, which is over the limit");
  return std::nullopt;
}

bool Connection::handle(std::string_view frame) {
  ++shared_.requests;
  last_request_ = shared_.timers.now();
  const std::shared_ptr<ResponseSlot> slot = responses_.open(next_ == RequestOrder::write);
  bool accepted = false;
  try {
    accepted = handle_(session_, frame, slot);
  } catch (const std::exception& bug) {
    // A request that brings a handler down ends its own connection, not the broker.
    log::error("a request to the embedded broker failed; this is a bug, please report it",
               {{"peer", session_.client_host}, {"software", session_.software}, {"error", bug.what()}});
  }
  if (!accepted) slot->hang_up();
  make_line_move();
  return accepted;
}

void Connection::refuse(std::string_view why) {
  std::uint64_t held_back = 0;
  if (shared_.complaints.allow(to_milliseconds(shared_.timers.now()), &held_back)) {
    log::warn("a connection to the embedded broker was closed",
              {{"peer", session_.client_host}, {"reason", why}, {"more", held_back}});
  }
}

// Answers that wait behind a parked request are in memory for as long as it likes.
void Connection::make_line_move() {
  if (responses_.waiting_bytes() >= shared_.limits.max_waiting) responses_.hurry_all();
}

// Not to read is all the back-pressure there is; the peer's window fills up.
bool Connection::overloaded() const {
  return responses_.size() >= shared_.limits.max_in_flight || responses_.waiting_bytes() >= shared_.limits.max_waiting;
}

// What one connection sends is seen in order: the request that is next must find what it wrote before.
bool Connection::waits_for_writes() const {
  return next_ == RequestOrder::read && responses_.open_writes() > 0;
}

Task<void> Connection::run_write_loop() {
  std::vector<wire::Frame> frames;
  while (!closed_) {
    frames.clear();
    const std::size_t in_line = responses_.size();
    const bool last = responses_.take_ready(frames);
    if (frames.empty()) {
      // Silent requests have left the line: there may be room for those that are held.
      if (responses_.size() < in_line) changed_.notify_all();
      const bool finished = last || (!reading_ && responses_.size() == 0);
      if (finished) break;
      co_await changed_.wait();
      continue;
    }
    std::uint64_t owned = 0;
    std::uint64_t total = 0;
    for (const wire::Frame& frame : frames) {
      owned += ResponseQueue::owned_bytes(frame);
      total += frame.size();
    }
    if (shared_.owned > shared_.limits.max_owned && owned > shared_.limits.small_answer) {
      refuse("too many answers wait in memory; this one is not read fast enough");
      responses_.sent(owned);
      break;
    }
    sending_ = true;
    sending_since_ = shared_.timers.now();
    const bool sent = co_await transport_->write(frames, sent_);
    sending_ = false;
    responses_.sent(owned);
    shared_.bytes_out += total;
    changed_.notify_all();
    if (!sent || last) break;
  }
  close();
}

void Connection::check(TimePoint now) {
  if (closed_) return;
  const Limits& limits = shared_.limits;
  if (sending_ && sent_ != sent_before_) sending_since_ = now;
  sent_before_ = sent_;
  const bool stalled = sending_ && now - sending_since_ > limits.stall;
  // Who holds memory that others wait for has less time.
  const Duration patience = shared_.memory.has_waiters() ? limits.frame_when_short : limits.frame;
  const bool unfinished = in_frame_ && now - frame_begun_ > patience;
  const bool idle = !in_frame_ && !sending_ && responses_.size() == 0 && now - last_request_ > limits.idle;
  make_line_move();
  const bool hoards = shared_.owned > limits.max_owned && !sending_ && responses_.waiting_bytes() > limits.small_answer;
  // While nothing is read, nothing else tells that the peer has ended the connection.
  const bool gone = (overloaded() || waits_for_writes()) && transport_->peer_has_gone();
  if (stalled) refuse("it does not read its answers");
  if (unfinished) refuse("a request began and did not end");
  if (hoards) refuse("too many answers wait in memory, behind a request of this connection that is not answered yet");
  if (stalled || unfinished || hoards || idle || gone) close();
}

void Connection::drain() {
  if (!reading_) return;
  end_reading();
  // The read loop may stand in a read that never ends: it is the end of the write loop that closes the transport.
}

void Connection::close() {
  if (closed_) return;
  closed_ = true;
  reading_ = false;
  transport_->close();
  responses_.abandon();
  changed_.notify_all();
}

}  // namespace weir::embedded::broker::net
