#include "embedded/broker/net/connection.hpp"

#include "embedded/broker/wire/messages.hpp"
#include "pipeline/testing/fixture.hpp"
#include "tests/embedded/broker/net/memory_transport.hpp"

namespace weir::embedded::broker::net {
namespace {

using namespace std::chrono_literals;

std::string framed(std::string_view body) {
  wire::Writer out;
  out.raw(body);
  return std::move(out).finish().chunks.front().bytes;
}

wire::Frame frame_of(std::string_view body) {
  wire::Writer out;
  out.raw(body);
  return std::move(out).finish();
}

// A request of at least ten bytes with this in it.
std::string request(const std::string& text) {
  return text + std::string(text.size() < 10 ? 10 - text.size() : 0, '.');
}

std::string with_key(wire::ApiKey key) {
  wire::Writer out;
  out.i16(static_cast<std::int16_t>(key));
  out.i16(0);
  out.i32(0);
  return std::move(out).finish().chunks.front().bytes.substr(4);
}
const std::string kOffsetCommit = with_key(wire::ApiKey::offset_commit);
const std::string kOffsetFetch = with_key(wire::ApiKey::offset_fetch);
const std::string kHeartbeat = with_key(wire::ApiKey::heartbeat);

Session known() {
  Session session;
  session.authenticated = true;
  return session;
}

class ConnectionTest : public weir::testing::VirtualTimeTest {
 protected:
  void open(Session session = known()) {
    connection_ =
        std::make_unique<Connection>(std::make_unique<MemoryTransport>(peer_), std::move(session), shared_, handle_);
    spawn("connection", connection_->run());
    run_until_idle();
  }
  void send(std::string bytes) {
    peer_.send(std::move(bytes));
    run_until_idle();
  }
  void hang_up() {
    peer_.hang_up();
    run_until_idle();
    EXPECT_TRUE(peer_.closed);
  }
  void answer(std::size_t request) {
    slots_[request]->answer(frame_of("answer " + std::to_string(request)));
    run_until_idle();
  }

  Task<void> wait_for_memory() {
    const MemoryBudget::Share share = co_await memory_.acquire(1);
    static_cast<void>(share);
  }

  Timers timers_{clock()};
  MemoryBudget memory_{executor(), 1 << 20};
  Shared shared_{executor(), timers_, memory_};
  MemoryTransport::Peer peer_{executor()};
  std::vector<std::string> handled_;
  std::vector<std::shared_ptr<ResponseSlot>> slots_;
  bool accept_ = true;
  HandleFrame handle_ = [this](Session&, std::string_view frame, const std::shared_ptr<ResponseSlot>& slot) {
    handled_.emplace_back(frame);
    slots_.push_back(slot);
    return accept_;
  };
  std::unique_ptr<Connection> connection_;
};

TEST_F(ConnectionTest, TakesSeveralRequestsFromOneRead) {
  open();
  send(framed(request("one")) + framed(request("two")));
  EXPECT_EQ(handled_, (std::vector<std::string>{request("one"), request("two")}));
  hang_up();
}

TEST_F(ConnectionTest, PutsARequestTogetherFromSingleBytes) {
  open();
  const std::string bytes = framed(request("slow")) + framed(request("next"));
  for (const char byte : bytes) send(std::string(1, byte));
  EXPECT_EQ(handled_, (std::vector<std::string>{request("slow"), request("next")}));
  hang_up();
}

TEST_F(ConnectionTest, AnswersInTheOrderOfTheRequests) {
  open();
  send(framed(request("a")) + framed(request("b")) + framed(request("c")));
  answer(2);
  answer(1);
  EXPECT_EQ(peer_.received, "");
  answer(0);
  EXPECT_EQ(peer_.received, framed("answer 0") + framed("answer 1") + framed("answer 2"));
  hang_up();
}

TEST_F(ConnectionTest, AReadWaitsForTheWritesInFrontOfIt) {
  open();
  send(framed(kOffsetCommit) + framed(kOffsetFetch) + framed(kHeartbeat));
  EXPECT_EQ(handled_, std::vector<std::string>{kOffsetCommit});
  answer(0);
  EXPECT_EQ(handled_, (std::vector<std::string>{kOffsetCommit, kOffsetFetch, kHeartbeat}));
  hang_up();
}

TEST_F(ConnectionTest, AReadThatArrivesInPiecesWaitsToo) {
  open();
  send(framed(kOffsetCommit));
  for (const char byte : framed(kOffsetFetch)) send(std::string(1, byte));
  EXPECT_EQ(handled_, std::vector<std::string>{kOffsetCommit});
  answer(0);
  EXPECT_EQ(handled_, (std::vector<std::string>{kOffsetCommit, kOffsetFetch}));
  hang_up();
}

// The write is done, and its answer stands behind another that is not: who reads what it wrote need not wait for that.
TEST_F(ConnectionTest, AReadWaitsForWritesOnlyAndNotForTheirTurn) {
  open();
  send(framed(request("join")) + framed(kOffsetCommit) + framed(kOffsetCommit) + framed(kOffsetFetch));
  answer(2);
  EXPECT_EQ(handled_.size(), 3u);
  answer(1);
  EXPECT_EQ(handled_.size(), 4u);
  hang_up();
}

TEST_F(ConnectionTest, WritesOverlapAndOthersPassThem) {
  open();
  send(framed(kOffsetCommit) + framed(kOffsetCommit) + framed(kHeartbeat));
  EXPECT_EQ(handled_.size(), 3u);
  hang_up();
}

TEST_F(ConnectionTest, AConnectionThatEndsDoesNotWaitForItsWrites) {
  open();
  send(framed(kOffsetCommit) + framed(kOffsetFetch));
  connection_->close();
  run_until_idle();
  EXPECT_TRUE(peer_.closed);
  EXPECT_EQ(handled_.size(), 1u);
}

TEST_F(ConnectionTest, SilentRequestsHaveNoPlaceInLine) {
  open();
  send(framed(request("a")) + framed(request("b")));
  slots_[0]->stay_silent();
  answer(1);
  EXPECT_EQ(peer_.received, framed("answer 1"));
  hang_up();
}

TEST_F(ConnectionTest, ARequestMayHurryThoseParkedInFrontOfItAndNoOthers) {
  open();
  send(framed(request("fetch")) + framed(request("heartbeat")) + framed(request("fetch")));
  int hurried_behind = 0;
  slots_[0]->on_hurry([this] { slots_[0]->answer(frame_of("hurried")); });
  slots_[2]->on_hurry([&] { ++hurried_behind; });
  slots_[1]->hurry_earlier();
  run_until_idle();
  EXPECT_EQ(peer_.received, framed("hurried"));
  EXPECT_EQ(hurried_behind, 0);
  hang_up();
  EXPECT_EQ(hurried_behind, 1);
}

TEST_F(ConnectionTest, TheEndOfTheConnectionHurriesWhoIsParked) {
  open();
  send(framed(request("fetch")));
  bool hurried = false;
  slots_[0]->on_hurry([&] { hurried = true; });
  hang_up();
  EXPECT_TRUE(hurried);
  slots_[0]->answer(frame_of("too late"));
  EXPECT_EQ(peer_.received, "");
  EXPECT_EQ(shared_.owned, 0u);
}

TEST_F(ConnectionTest, WhatCannotBeAnsweredEndsTheConnectionBehindEarlierAnswers) {
  open();
  send(framed(request("good")));
  accept_ = false;
  send(framed(request("bad")));
  EXPECT_FALSE(peer_.closed);
  send(framed(request("never seen")));
  EXPECT_EQ(handled_.size(), 2u);
  answer(0);
  EXPECT_EQ(peer_.received, framed("answer 0"));
  EXPECT_TRUE(peer_.closed);
}

TEST_F(ConnectionTest, AHandlerThatThrowsEndsItsConnectionOnly) {
  handle_ = [](Session&, std::string_view, const std::shared_ptr<ResponseSlot>&) -> bool {
    throw std::length_error("too long");
  };
  open();
  send(framed(request("x")));
  EXPECT_TRUE(peer_.closed);
}

TEST_F(ConnectionTest, RefusesWhatIsNotKafka) {
  for (const std::string& bytes : {std::string("GET / HTTP/1.1\r\n"), std::string("\x16\x03\x01\x02\x00\x01", 6),
                                   std::string(8, '\xFF'), std::string("\x7F\xFF\xFF\xFF\x00\x00\x00", 7),
                                   std::string("\x00\x00\x00\x00", 4), std::string("\x00\x00\x00\x02\x00\x12", 6)}) {
    peer_.closed = false;
    open();
    send(bytes);
    EXPECT_TRUE(peer_.closed) << bytes;
    EXPECT_TRUE(handled_.empty());
  }
}

TEST_F(ConnectionTest, OnlyProduceMayBeLarge) {
  const std::string ten_mib("\x00\xA0\x00\x00", 4);
  open();
  send(ten_mib + std::string("\x00\x01", 2));  // fetch
  EXPECT_TRUE(peer_.closed);
  peer_.closed = false;
  open();
  send(ten_mib + std::string("\x00\x00", 2));  // produce
  EXPECT_FALSE(peer_.closed);
  hang_up();
}

TEST_F(ConnectionTest, BeforeAuthenticationRequestsAreSmall) {
  open(Session());
  send(std::string("\x00\x09\x00\x00\x00\x12", 6));
  EXPECT_TRUE(peer_.closed);
}

TEST_F(ConnectionTest, MemoryGrowsWithWhatArrivesAndWaitsForItsShare) {
  std::optional<MemoryBudget::Share> taken(run(memory_.acquire(1 << 20)));
  open();
  const std::string body(300'000, 'x');
  const std::string bytes = framed(body);
  send(bytes.substr(0, 10));
  send(bytes.substr(10));
  EXPECT_TRUE(handled_.empty());  // not read: no memory
  EXPECT_EQ(peer_.incoming.size(), 1u);
  taken.reset();
  run_until_idle();
  EXPECT_EQ(handled_, std::vector<std::string>{body});
  EXPECT_EQ(memory_.used(), 0u);
  hang_up();
}

TEST_F(ConnectionTest, DoesNotReadOnWhileTooManyRequestsWait) {
  shared_.limits.max_in_flight = 2;
  open();
  send(framed(request("a")));
  send(framed(request("b")));
  send(framed(request("c")));
  EXPECT_EQ(handled_.size(), 2u);
  answer(0);
  EXPECT_EQ(handled_.size(), 3u);
  answer(1);
  hang_up();
}

TEST_F(ConnectionTest, TheLimitHoldsWithinOneReadToo) {
  shared_.limits.max_in_flight = 2;
  open();
  std::string bytes;
  for (const char* text : {"a", "b", "c", "d", "e"}) bytes += framed(request(text));
  send(bytes.substr(0, bytes.size() - 3));
  EXPECT_EQ(handled_.size(), 2u);
  answer(0);
  EXPECT_EQ(handled_.size(), 3u);
  answer(1);
  answer(2);
  EXPECT_EQ(handled_.size(), 4u);
  answer(3);
  send(bytes.substr(bytes.size() - 3));
  ASSERT_EQ(handled_.size(), 5u);
  EXPECT_EQ(handled_[4], request("e"));
  hang_up();
}

// Produce without acks: nothing is sent that could tell the reader to go on.
TEST_F(ConnectionTest, SilentRequestsMakeRoomForThoseBehindThem) {
  shared_.limits.max_in_flight = 2;
  handle_ = [this](Session&, std::string_view frame, const std::shared_ptr<ResponseSlot>& slot) {
    handled_.emplace_back(frame);
    slot->stay_silent();
    return true;
  };
  open();
  std::string bytes;
  for (const char* text : {"a", "b", "c", "d", "e"}) bytes += framed(request(text));
  send(bytes);
  EXPECT_EQ(handled_.size(), 5u);
  hang_up();
}

// A few bytes can ask for a lot of work: the others come in between.
TEST_F(ConnectionTest, OneConnectionDoesNotKeepTheThreadFromTheOthers) {
  handle_ = [this](Session&, std::string_view frame, const std::shared_ptr<ResponseSlot>& slot) {
    handled_.emplace_back(frame);
    slot->answer(frame_of(std::string(40'000, 'm')));
    return true;
  };
  open();
  MemoryTransport::Peer other(executor());
  Connection second(std::make_unique<MemoryTransport>(other), known(), shared_, handle_);
  spawn("second", second.run());
  run_until_idle();
  std::string bytes;
  for (int i = 0; i < 10; ++i) bytes += framed(request("greedy"));
  peer_.send(bytes);
  other.send(framed(request("modest")));
  run_until_idle();
  ASSERT_EQ(handled_.size(), 11u);
  const auto modest = std::ranges::find(handled_, request("modest"));
  EXPECT_LT(modest - handled_.begin(), 5);
  other.hang_up();
  hang_up();
}

TEST_F(ConnectionTest, NoticesThatThePeerHasGoneWhileNothingIsRead) {
  shared_.limits.max_in_flight = 1;
  open();
  send(framed(request("fetch")));
  peer_.hang_up();
  run_until_idle();
  EXPECT_FALSE(peer_.closed) << "nobody reads";
  connection_->check(clock().now());
  run_until_idle();
  EXPECT_TRUE(peer_.closed);
}

TEST_F(ConnectionTest, LargeAnswersDoNotWaitForAParkedRequest) {
  shared_.limits.max_waiting = 100;
  open();
  send(framed(request("fetch")));
  slots_[0]->on_hurry([this] { slots_[0]->answer(frame_of("hurried")); });
  send(framed(request("metadata")));
  slots_[1]->answer(frame_of(std::string(200, 'm')));
  EXPECT_EQ(peer_.received, "");
  connection_->check(clock().now());
  run_until_idle();
  EXPECT_EQ(peer_.received, framed("hurried") + framed(std::string(200, 'm')));
  hang_up();
}

// A parked join cannot be hurried.
TEST_F(ConnectionTest, AnswersBehindARequestThatDoesNotEndAreBounded) {
  shared_.limits.max_owned = 1000;
  shared_.limits.small_answer = 500;
  open();
  send(framed(request("join")) + framed(request("metadata")));
  slots_[1]->answer(frame_of(std::string(600, 'm')));
  connection_->check(clock().now());
  EXPECT_FALSE(peer_.closed);
  shared_.owned += 1000;  // of others
  connection_->check(clock().now());
  run_until_idle();
  EXPECT_TRUE(peer_.closed);
  EXPECT_EQ(shared_.owned, 1000u);
}

TEST_F(ConnectionTest, ReadsLessAtATimeWhileTooMuchIsKept) {
  open();
  const std::string body(20'000, 'x');
  const std::string bytes = framed(body);
  send(bytes.substr(0, 10'000));
  EXPECT_EQ(shared_.kept, bytes.size()) << "the whole frame has its place";
  send(bytes.substr(10'000));
  EXPECT_EQ(shared_.kept, 0u);
  EXPECT_EQ(handled_.size(), 1u);

  shared_.kept = shared_.limits.max_kept + 1;  // of others
  std::optional<MemoryBudget::Share> taken(run(memory_.acquire(1 << 20)));
  // The read in work was begun before.
  send(framed(request("small")));
  send(bytes);
  EXPECT_EQ(handled_.size(), 2u);
  EXPECT_EQ(shared_.kept - shared_.limits.max_kept - 1, 4096u);
  taken.reset();
  run_until_idle();
  ASSERT_EQ(handled_.size(), 3u);
  EXPECT_EQ(handled_[2], body);
  EXPECT_EQ(shared_.kept, shared_.limits.max_kept + 1);
  hang_up();
  shared_.kept = 0;
}

TEST_F(ConnectionTest, WhoHoldsMemoryThatOthersWaitForHasLessTime) {
  open();
  send(framed(request("x")).substr(0, 6));
  std::optional<MemoryBudget::Share> taken(run(memory_.acquire(1 << 20)));
  spawn("waiter", wait_for_memory());
  run_until_idle();
  advance(11s);
  connection_->check(clock().now());
  run_until_idle();
  EXPECT_TRUE(peer_.closed);
  taken.reset();
  run_until_idle();
}

TEST_F(ConnectionTest, ClosesWhoLeavesARequestUnfinished) {
  open();
  send(framed(request("x")).substr(0, 6));
  advance(59s);
  connection_->check(clock().now());
  EXPECT_FALSE(peer_.closed);
  advance(2s);
  connection_->check(clock().now());
  run_until_idle();
  EXPECT_TRUE(peer_.closed);
}

TEST_F(ConnectionTest, ClosesWhoDoesNotReadItsAnswers) {
  open();
  peer_.set_reading(false);
  send(framed(request("a")));
  answer(0);
  connection_->check(clock().now());
  advance(61s);
  connection_->check(clock().now());
  run_until_idle();
  EXPECT_TRUE(peer_.closed);
  EXPECT_EQ(shared_.owned, 0u);
}

TEST_F(ConnectionTest, ClosesTheIdleButNotTheParked) {
  open();
  send(framed(request("join")));
  advance(11min);
  connection_->check(clock().now());
  EXPECT_FALSE(peer_.closed);
  answer(0);
  connection_->check(clock().now());
  run_until_idle();
  EXPECT_TRUE(peer_.closed);
}

TEST_F(ConnectionTest, AnswersThatNobodyReadsAreBounded) {
  shared_.limits.max_owned = 1000;
  shared_.limits.small_answer = 500;
  open();
  send(framed(request("a")));
  slots_[0]->answer(frame_of(std::string(2000, 'x')));
  run_until_idle();
  EXPECT_TRUE(peer_.closed);
  EXPECT_EQ(peer_.received, "");
  EXPECT_EQ(shared_.owned, 0u);
}

TEST_F(ConnectionTest, DrainSendsWhatIsDueAndEnds) {
  open();
  send(framed(request("a")));
  connection_->drain();
  run_until_idle();
  EXPECT_FALSE(peer_.closed);
  answer(0);
  EXPECT_EQ(peer_.received, framed("answer 0"));
  EXPECT_TRUE(peer_.closed);
}

}  // namespace
}  // namespace weir::embedded::broker::net
