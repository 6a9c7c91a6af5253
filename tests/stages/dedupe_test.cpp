#include "stages/dedupe.hpp"

#include "pipeline/base/log.hpp"
#include "stages/decode.hpp"
#include "stages/dedupe_index.hpp"
#include "tests/pipeline/parts/every_part.hpp"
#include "tests/samples.hpp"
#include "tests/stages/kit.hpp"

#include <gmock/gmock.h>

#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace weir::stages {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr TimePoint kStart{1h};

DedupeEntry entry_of(DedupeKey key, TimePoint seen = kStart) {
  DedupeEntry entry;
  entry.key = key;
  entry.seen = seen;
  return entry;
}

TEST(DedupeIndex, ReserveConfirmRelease) {
  DedupeIndex index(24h, 100, 7);
  const DedupeKey key{1, 2};
  const std::uint64_t hash = index.hash(key);
  DedupeIndex::Token token = 0;
  EXPECT_EQ(index.find(key, hash, token), nullptr);
  const DedupeIndex::Token mine = index.insert(entry_of(key), hash);
  ASSERT_NE(index.find(key, hash, token), nullptr);
  EXPECT_EQ(token, mine);
  index.release(mine);
  EXPECT_EQ(index.find(key, hash, token), nullptr);
  const DedupeIndex::Token again = index.insert(entry_of(key), hash);
  index.confirm(again);
  index.release(again);  // settled already: no effect
  ASSERT_NE(index.find(key, hash, token), nullptr);
  EXPECT_TRUE(index.find(key, hash, token)->confirmed);
}

TEST(DedupeIndex, ForgetsByAgeAndByNumber) {
  DedupeIndex index(10s, 4, 7);
  DedupeIndex::Token token = 0;
  const auto add = [&](std::uint64_t n, TimePoint seen) {
    return index.insert(entry_of({n, n}, seen), index.hash({n, n}));
  };
  const auto knows = [&](std::uint64_t n) {
    return index.find({n, n}, index.hash({n, n}), token) != nullptr;
  };
  for (std::uint64_t n = 0; n < 4; ++n) index.confirm(add(n, kStart + n * 1s));
  EXPECT_EQ(index.evict(kStart + 9s), 0u);
  EXPECT_EQ(index.size(), 4u);
  EXPECT_EQ(index.evict(kStart + 11s), 0u);  // 0 and 1 are old
  EXPECT_FALSE(knows(0));
  EXPECT_FALSE(knows(1));
  EXPECT_TRUE(knows(2));
  for (std::uint64_t n = 4; n < 10; ++n) index.confirm(add(n, kStart + 11s));
  EXPECT_EQ(index.evict(kStart + 11s), 4u);  // 2 and 3, and 4 and 5, before their time
  EXPECT_EQ(index.size(), 4u);
  EXPECT_FALSE(knows(5));
  EXPECT_TRUE(knows(6));
  EXPECT_TRUE(knows(9));
}

TEST(DedupeIndex, NeverForgetsWhatIsInFlight) {
  DedupeIndex index(10s, 2, 7);
  DedupeIndex::Token token = 0;
  const DedupeIndex::Token held = index.insert(entry_of({1, 1}), index.hash({1, 1}));
  for (std::uint64_t n = 2; n < 10; ++n) index.confirm(index.insert(entry_of({n, n}), index.hash({n, n})));
  EXPECT_EQ(index.evict(kStart + 1h), 0u);
  EXPECT_NE(index.find({1, 1}, index.hash({1, 1}), token), nullptr);
  index.confirm(held);
  index.evict(kStart + 1h);
  EXPECT_EQ(index.size(), 0u);
}

TEST(DedupeIndex, ReleasedPlacesDoNotGrowWithoutBound) {
  DedupeIndex index(24h, 1000, 7);
  DedupeIndex::Token first = 0;
  for (std::uint64_t n = 1; n <= 100'000; ++n) {
    const DedupeIndex::Token token = index.insert(entry_of({n, n}), index.hash({n, n}));
    if (n == 1) first = token;
    index.release(token);
    index.evict(kStart);
  }
  EXPECT_EQ(index.size(), 0u);
  EXPECT_EQ(first, 0u);
}

// Random operations against a map that is plainly right.
TEST(DedupeIndex, AgreesWithAMap) {
  struct Known {
    DedupeIndex::Token token;
    int holders;
    bool confirmed;
  };
  std::mt19937 random(4711);
  for (int round = 0; round < samples(20); ++round) {
    DedupeIndex index(24h, 1'000'000, random());
    std::map<std::uint64_t, Known> model;
    std::vector<std::uint64_t> held;
    for (int step = 0; step < 5'000; ++step) {
      const std::uint64_t id = random() % 700;
      const DedupeKey key{id % 3, id};
      const std::uint64_t hash = index.hash(key);
      DedupeIndex::Token token = 0;
      DedupeEntry* const found = index.find(key, hash, token);
      const auto known = model.find(id);
      ASSERT_EQ(found != nullptr, known != model.end());
      if (found != nullptr) {
        ASSERT_EQ(token, known->second.token);
        ASSERT_EQ(found->confirmed != 0, known->second.confirmed);
        if (!known->second.confirmed && random() % 4 == 0) {
          ++found->holders;
          ++known->second.holders;
          held.push_back(id);
        }
      } else {
        model[id] = {index.insert(entry_of(key), hash), 1, false};
        held.push_back(id);
      }
      while (!held.empty() && random() % 2 == 0) {
        const std::size_t at = random() % held.size();
        const std::uint64_t settled = held[at];
        held.erase(held.begin() + static_cast<std::ptrdiff_t>(at));
        Known& state = model.at(settled);
        --state.holders;
        if (random() % 3 == 0) {
          index.release(state.token);
          if (state.holders == 0 && !state.confirmed) model.erase(settled);
        } else {
          index.confirm(state.token);
          state.confirmed = true;
        }
      }
      ASSERT_EQ(index.size(), model.size());
    }
  }
}

class DedupeTest : public testing::StageTest {
 protected:
  void make(const DedupeConfig& config = {}) {
    BuildContext context = build_context();
    Result<std::unique_ptr<Stage>> made = make_dedupe(config, context);
    ASSERT_TRUE(made.has_value());
    stage_ = std::move(*made);
  }
  struct Copy {
    std::uint64_t id = 1;
    Offset offset = 0;
    std::string payload = "p";
    Partition partition = 0;
  };
  // Sends one message through; the batch is kept, so that the test may settle it.
  Message& send(const Copy& copy) {
    Batch& batch = batches_.emplace_back();
    Message& message = add(batch, {.payload = copy.payload, .partition = copy.partition, .offset = copy.offset});
    message.event.id = Uuid{0, copy.id};
    message.ack = ledger_.deliver(next_offset_++);
    process(*stage_, batch);
    return message;
  }
  static void settle(Message& message, Settlement how) {
    if (how == Settlement::redelivered)
      std::move(message.ack).redeliver();
    else
      std::move(message.ack).done(how);
  }
  void TearDown() override {
    for (Batch& batch : batches_) {
      for (Message& message : batch.messages()) {
        if (message.ack.pending()) std::move(message.ack).done(Settlement::dropped);
      }
    }
    StageTest::TearDown();
  }

  std::unique_ptr<Stage> stage_;
  PartitionLedger ledger_{{"orders", 0}, 1, 0};
  Offset next_offset_ = 0;
  std::list<Batch> batches_;
};

// Another configuration takes over while the one before is still there.
class DedupeReloadTest : public DedupeTest {
 protected:
  void make_next(const DedupeConfig& config) {
    BuildContext context = build_context();
    context.shelf = &shelf_;
    Result<std::unique_ptr<Stage>> made = make_dedupe(config, context);
    ASSERT_TRUE(made.has_value());
    older_.push_back(std::exchange(stage_, std::move(*made)));
  }
  void TearDown() override {
    DedupeTest::TearDown();
    log::redirect({});
  }
  StateShelf shelf_;
  std::vector<std::unique_ptr<Stage>> older_;
};

TEST_F(DedupeReloadTest, I7_WhatWasSeenIsKnownToTheNextConfiguration) {
  make_next({});
  Message& in_flight = send({.id = 1, .offset = 0});
  settle(send({.id = 2, .offset = 1}), Settlement::stored);
  make_next({.on_conflict = OnConflict::drop});
  older_.clear();  // hooks point at the state, not at the stage
  EXPECT_EQ(send({.id = 1, .offset = 2}).drop_reason, "duplicate");
  EXPECT_EQ(send({.id = 2, .offset = 3}).drop_reason, "duplicate");
  EXPECT_EQ(send({.id = 2, .offset = 4, .payload = "other"}).drop_reason, "conflict") << "its own option";
  settle(in_flight, Settlement::redelivered);
  EXPECT_TRUE(send({.id = 1, .offset = 5}).is_live());
}

// A batch that begins anew, or is run again, is no copy of itself.
TEST_F(DedupeReloadTest, I7_TheSameRecordPassesTheNextConfigurationWhileItIsInFlight) {
  make_next({});
  send({.id = 1, .offset = 0});
  make_next({.window = 1h});
  Batch& batch = batches_.back();
  process(*stage_, batch);
  EXPECT_TRUE(batch.messages().front().is_live());
  settle(batch.messages().front(), Settlement::stored);
  EXPECT_EQ(send({.id = 1, .offset = 1}).drop_reason, "duplicate") << "both of its hooks have confirmed it";
}

// `decode` of the next configuration may make other data of the same bytes.
TEST_F(DedupeReloadTest, I7_TheSameRecordIsNoConflictWithWhatTheConfigurationBeforeReadInIt) {
  make_next({.on_conflict = OnConflict::drop, .compare = SameBy::data});
  send({.id = 1, .offset = 0, .payload = "one"});
  make_next({.on_conflict = OnConflict::drop, .compare = SameBy::data});
  Message& message = batches_.back().messages().front();
  message.event.decoded = true;
  message.event.type = "ReadInAnotherWay";
  process(*stage_, batches_.back());
  EXPECT_TRUE(message.is_live()) << message.drop_reason;
}

TEST_F(DedupeReloadTest, I7_NewBoundsAreInForceWithTheFirstBatchOfTheNextConfiguration) {
  make_next({.max_entries = 100});
  for (std::uint64_t id = 1; id <= 20; ++id) {
    settle(send({.id = id, .offset = static_cast<Offset>(id)}), Settlement::stored);
  }
  make_next({.max_entries = 5});
  EXPECT_EQ(counter("weir_dedupe_evicted_early_total"), 0u) << "the running one works with it still";
  send({.id = 100, .offset = 100});
  EXPECT_EQ(counter("weir_dedupe_evicted_early_total"), 15u);
  EXPECT_TRUE(send({.id = 1, .offset = 101}).is_live());
  EXPECT_EQ(send({.id = 20, .offset = 102}).drop_reason, "duplicate");
}

TEST_F(DedupeReloadTest, I7_AnotherKeyBeginsWithNoIdsAndSaysSo) {
  std::string lines;
  log::redirect([&lines](std::string_view line) { lines += line; });
  make_next({});
  settle(send({.id = 1, .offset = 0}), Settlement::stored);
  EXPECT_THAT(lines, Not(HasSubstr("begins with no ids"))) << "at the start there is nothing to lose";
  make_next({.compare = SameBy::json});
  EXPECT_TRUE(send({.id = 1, .offset = 1}).is_live());
  EXPECT_THAT(lines, HasSubstr("dedupe has another `key`, `compare` or `ignore` and begins with no ids"));
  make_next({});
  EXPECT_EQ(send({.id = 1, .offset = 2}).drop_reason, "duplicate") << "the first one is there still";
}

TEST_F(DedupeReloadTest, I7_AConfigurationThatIsThrownAwayChangesNothing) {
  make_next({});
  settle(send({.id = 1, .offset = 0}), Settlement::stored);
  make_next({.key = "header:message-id"});
  stage_ = std::move(older_.back());
  older_.clear();
  make_next({});
  EXPECT_EQ(send({.id = 1, .offset = 1}).drop_reason, "duplicate");
}

TEST_F(DedupeTest, SecondCopyIsDroppedAfterTheFirstIsStored) {
  make();
  Message& first = send({.offset = 0});
  EXPECT_TRUE(first.is_live());
  settle(first, Settlement::stored);
  EXPECT_EQ(send({.offset = 1}).drop_reason, "duplicate");
  EXPECT_EQ(counter("weir_dedupe_hits_total"), 1u);
}

TEST_F(DedupeTest, SecondCopyInFlightIsDroppedAtOnce) {
  make();
  send({.offset = 0});
  EXPECT_EQ(send({.offset = 1}).drop_reason, "duplicate");
}

TEST_F(DedupeTest, CopiesInOneBatch) {
  make();
  Batch& batch = batches_.emplace_back();
  for (Offset offset = 0; offset < 3; ++offset) {
    Message& message = add(batch, {.payload = "p", .offset = offset});
    message.event.id = Uuid{0, 5};
    message.ack = ledger_.deliver(next_offset_++);
  }
  process(*stage_, batch);
  EXPECT_TRUE(batch.messages()[0].is_live());
  EXPECT_FALSE(batch.messages()[1].is_live());
  EXPECT_FALSE(batch.messages()[2].is_live());
}

TEST_F(DedupeTest, FailureReleasesTheId) {
  make();
  settle(send({.offset = 0}), Settlement::dead_lettered);
  Message& again = send({.offset = 1});
  EXPECT_TRUE(again.is_live());
  settle(again, Settlement::redelivered);
  EXPECT_TRUE(send({.offset = 2}).is_live());
}

TEST_F(DedupeTest, DroppedOnPurposeIsConfirmed) {
  make();
  settle(send({.offset = 0}), Settlement::dropped);
  EXPECT_FALSE(send({.offset = 1}).is_live());
}

// The record itself comes again while its first delivery is void
// or its batch is run again: dropping it would lose the only copy.
TEST_F(DedupeTest, TheSameRecordInFlightPasses) {
  make();
  Message& first = send({.offset = 9});
  Message& again = send({.offset = 9});
  EXPECT_TRUE(again.is_live());
  settle(first, Settlement::redelivered);
  EXPECT_FALSE(send({.offset = 10}).is_live());  // the second delivery still holds the id
  settle(again, Settlement::stored);
  EXPECT_FALSE(send({.offset = 9}).is_live());
  EXPECT_TRUE(send({.id = 2, .offset = 9}).is_live());
}

TEST_F(DedupeTest, TheSameRecordOnAnotherPartitionIsACopy) {
  make();
  send({.offset = 9});
  EXPECT_FALSE(send({.offset = 9, .partition = 1}).is_live());
}

TEST_F(DedupeTest, SameIdWithAnotherPayloadIsADataError) {
  make();
  settle(send({.offset = 17, .partition = 3}), Settlement::stored);
  const Message& other = send({.offset = 18, .payload = "q"});
  ASSERT_NE(other.failure, nullptr);
  EXPECT_TRUE(other.failure->error.is_data_error());
  EXPECT_EQ(
      other.failure->error.message(),
      "the id was seen before with another payload, at orders/3@17 (event_id); a producer must not use an id twice "
      "(where a resend has a new time of sending, `compare: data` (or `compare: json` with `ignore:`) says what "
      "does not count; `on_conflict: drop` keeps the first whatever differs)");
}

TEST_F(DedupeTest, SameIdWithAnotherPayloadMayBeDropped) {
  make({.on_conflict = OnConflict::drop});
  settle(send({.offset = 0}), Settlement::stored);
  EXPECT_EQ(send({.offset = 1, .payload = "q"}).drop_reason, "conflict");
  EXPECT_EQ(send({.offset = 2}).drop_reason, "duplicate") << "the first content is what counts";
}

TEST_F(DedupeTest, SameIdWithAnotherPayloadMayPass) {
  make({.on_conflict = OnConflict::pass});
  settle(send({.offset = 0}), Settlement::stored);
  Message& other = send({.offset = 1, .payload = "q"});
  EXPECT_TRUE(other.is_live());
  settle(other, Settlement::dead_lettered);  // holds no id, so it releases none
  EXPECT_FALSE(send({.offset = 2}).is_live());
}

// What producers send when they send again: the same event, never the same bytes.
class ResentTest : public DedupeTest {
 protected:
  struct Pair {
    std::string name, first, second;
  };
  static std::vector<Pair> pairs() {
    const auto event = [](std::string_view members) {
      return R"({"eventId": "00000000-0000-4000-8000-00000000abcd", "eventType": "OrderPlaced", )"
             R"("aggregateType": "Order", "aggregateId": "r1", )" +
             std::string(members) + "}";
    };
    const std::string plain = event(R"("payload": {"a": 1, "b": 2})");
    return {
        {"new time", event(R"("payload": {"a": 1, "b": 2}, "occurredOn": "2024-01-15T10:30:00Z")"),
         event(R"("payload": {"a": 1, "b": 2}, "occurredOn": "2024-01-15T10:30:05Z")")},
        {"other order", plain,
         R"({"payload": {"b": 2, "a": 1}, "aggregateId": "r1", "aggregateType": "Order", "eventType": "OrderPlaced", )"
         R"("eventId": "00000000-0000-4000-8000-00000000abcd"})"},
        {"other blanks", plain,
         R"({"eventId":"00000000-0000-4000-8000-00000000abcd","eventType":"OrderPlaced","aggregateType":"Order",)"
         R"("aggregateId":"r1","payload":{"a":1,"b":2}})"},
        {"id in upper case", plain,
         R"({"eventId": "00000000-0000-4000-8000-00000000ABCD", "eventType": "OrderPlaced", "aggregateType": "Order", )"
         R"("aggregateId": "r1", "payload": {"a": 1, "b": 2}})"},
        {"other payload", plain, event(R"("payload": {"a": 1, "b": 3})")},
    };
  }
  // The names of the pairs whose second is a copy of the first.
  std::vector<std::string> same(const DedupeConfig& config) {
    std::vector<std::string> result;
    const std::unique_ptr<Stage> decode = make_decode({});
    for (const Pair& pair : pairs()) {
      make(config);
      Batch& batch = batches_.emplace_back();
      for (const std::string& payload : {pair.first, pair.second}) {
        Message& message = add(batch, {.payload = payload, .offset = next_offset_});
        message.ack = ledger_.deliver(next_offset_++);
      }
      process(*decode, batch);
      process(*stage_, batch);
      Message& first = batch.messages()[0];
      Message& second = batch.messages()[1];
      EXPECT_TRUE(first.is_live()) << pair.name;
      EXPECT_FALSE(second.is_live()) << pair.name;
      if (second.failure == nullptr) {
        EXPECT_EQ(second.drop_reason, "duplicate");
        result.push_back(pair.name);
      }
      for (Message* message : {&first, &second}) settle(*message, Settlement::dropped);
    }
    return result;
  }
};

TEST_F(ResentTest, ByteForByteNothingIsACopyThatDiffersInAnything) {
  EXPECT_THAT(same({}), ElementsAre());
}
TEST_F(ResentTest, AsJsonOrderAndBlanksDoNotCount) {
  EXPECT_THAT(same({.compare = SameBy::json}), ElementsAre("other order", "other blanks"));
}
TEST_F(ResentTest, WhatIsIgnoredDoesNotCount) {
  EXPECT_THAT(same({.compare = SameBy::json, .ignore = {"/occurredOn"}}),
              ElementsAre("new time", "other order", "other blanks"));
  EXPECT_THAT(same({.compare = SameBy::json, .ignore = {"/eventId", "/payload/b"}}),
              ElementsAre("other order", "other blanks", "id in upper case", "other payload"));
}
TEST_F(ResentTest, ByDataOnlyWhatHappenedCounts) {
  EXPECT_THAT(same({.compare = SameBy::data}),
              ElementsAre("new time", "other order", "other blanks", "id in upper case"));
}

TEST_F(DedupeTest, ByDataTypeAggregateAndVersionCount) {
  const auto seen_as_same = [this](void (*change)(DomainEvent&)) {
    make({.compare = SameBy::data});
    Batch& batch = batches_.emplace_back();
    for (int copy = 0; copy < 2; ++copy) {
      Message& message = add(batch, {.payload = "p", .offset = next_offset_});
      message.event.id = Uuid{0, 1};
      message.event.type = "Placed";
      message.event.aggregate_type = "Order";
      message.event.aggregate_id = "1";
      message.event.data = "{}";
      message.event.decoded = true;
      message.ack = ledger_.deliver(next_offset_++);
    }
    change(batch.messages()[1].event);
    process(*stage_, batch);
    const bool same = batch.messages()[1].failure == nullptr;
    for (Message& message : batch.messages()) settle(message, Settlement::dropped);
    return same;
  };
  EXPECT_TRUE(seen_as_same([](DomainEvent& event) { event.correlation_id = "c"; }));
  EXPECT_FALSE(seen_as_same([](DomainEvent& event) { event.type = "Paid"; }));
  EXPECT_FALSE(seen_as_same([](DomainEvent& event) { event.aggregate_type = "order"; }));
  EXPECT_FALSE(seen_as_same([](DomainEvent& event) { event.aggregate_id = "2"; }));
  EXPECT_FALSE(seen_as_same([](DomainEvent& event) { event.aggregate_version = 0; }));
  EXPECT_FALSE(seen_as_same([](DomainEvent& event) { event.data = "{\"a\":1}"; }));
}

TEST_F(DedupeTest, WhatIsNoJsonIsComparedByteForByte) {
  for (const SameBy compare : {SameBy::json, SameBy::data}) {
    make({.compare = compare});
    settle(send({.offset = 0, .payload = "not json"}), Settlement::stored);
    EXPECT_EQ(send({.offset = 1, .payload = "not json"}).drop_reason, "duplicate");
    EXPECT_NE(send({.offset = 2, .payload = "not  json"}).failure, nullptr);
  }
}

TEST_F(DedupeTest, WhatIsIgnoredIsCheckedByLint) {
  const auto parse = [spec = dedupe_spec()](std::string compare, std::string pointer) {
    config::Diagnostics out;
    std::vector<config::Node> pointers;
    pointers.push_back(config::Node::scalar(std::move(pointer), false, {}));
    std::vector<config::Node::Member> members;
    members.push_back({"compare", {}, config::Node::scalar(std::move(compare), false, {})});
    members.push_back({"ignore", {}, config::Node::sequence(std::move(pointers), {})});
    spec.parse(config::Node::mapping(std::move(members), {}), "stages.dedupe", out);
    return out.str();
  };
  EXPECT_EQ(parse("json", "/occurredOn"), "");
  EXPECT_THAT(parse("json", "occurredOn"), HasSubstr("'occurredOn' is no JSON pointer to a part of the payload"));
  EXPECT_THAT(parse("data", "/occurredOn"), HasSubstr("needs `compare: json`"));
}

TEST_F(DedupeTest, ForgetsAfterTheWindow) {
  make({.window = 10s});
  settle(send({.offset = 0}), Settlement::stored);
  advance(9s);
  EXPECT_FALSE(send({.offset = 1}).is_live());
  advance(2s);
  EXPECT_TRUE(send({.offset = 2}).is_live());
  EXPECT_EQ(counter("weir_dedupe_evicted_early_total"), 0u);
}

TEST_F(DedupeTest, CountsWhatItForgetsTooEarly) {
  make({.max_entries = 3});
  for (std::uint64_t id = 1; id <= 8; ++id)
    settle(send({.id = id, .offset = static_cast<Offset>(id)}), Settlement::stored);
  EXPECT_GT(counter("weir_dedupe_evicted_early_total"), 0u);
  EXPECT_TRUE(send({.id = 1, .offset = 100}).is_live());
}

TEST_F(DedupeTest, WithoutKeyPassesAndCounts) {
  make();
  Batch& batch = batches_.emplace_back();
  add(batch, {.payload = "p"});
  add(batch, {.payload = "p"});
  process(*stage_, batch);
  EXPECT_TRUE(batch.messages()[0].is_live());
  EXPECT_TRUE(batch.messages()[1].is_live());
  EXPECT_EQ(counter("weir_dedupe_keyless_total"), 2u);
}

TEST_F(DedupeTest, OtherKeys) {
  make({.key = "header:message-id"});
  for (Offset offset = 0; offset < 3; ++offset) {
    Batch& batch = batches_.emplace_back();
    Message& message =
        add(batch, {.payload = "p", .headers = {{"message-id", offset == 2 ? "b" : "a"}}, .offset = offset});
    message.ack = ledger_.deliver(next_offset_++);
    process(*stage_, batch);
    EXPECT_EQ(message.is_live(), offset != 1);
  }
}

TEST_F(DedupeTest, EveryPartIsAKey) {
  for (const auto& [name, value] : weir::testing::kEveryPart) {
    make({.key = name});
    Batch& batch = batches_.emplace_back();
    batch.messages().reserve(2);
    for (int copy = 0; copy < 2; ++copy) {
      Message& message = batch.messages().emplace_back();
      weir::testing::give_every_part(message);
      message.payload = "p";
      message.ack = ledger_.deliver(next_offset_++);
    }
    // Another record, but for the part in question.
    if (name != "partition")
      batch.messages()[1].origin.partition = 4;
    else
      batch.messages()[1].origin.offset = 7;
    process(*stage_, batch);
    EXPECT_TRUE(batch.messages()[0].is_live()) << name;
    EXPECT_EQ(batch.messages()[1].drop_reason, "duplicate") << name;
    for (Message& message : batch.messages()) settle(message, Settlement::dropped);  // while the stage is there to hear
  }
  EXPECT_EQ(counter("weir_dedupe_keyless_total"), 0u);
}

TEST_F(DedupeTest, DurableIsRefused) {
  BuildContext context = build_context();
  EXPECT_TRUE(make_dedupe({.durable = true}, context).has_error());
}

// Whatever is settled in whatever order: every id ends stored at least once, and its copies are dropped only while an
// earlier delivery still has the duty or was settled for good.
TEST_F(DedupeTest, NothingIsLostInAnyOrderOfSettlement) {
  std::mt19937 random(99);
  for (int round = 0; round < samples(200); ++round) {
    make();
    std::map<std::uint64_t, int> stored;
    std::map<std::uint64_t, std::vector<Message*>> in_flight;
    std::vector<std::pair<std::uint64_t, Offset>> to_send;
    for (Offset offset = 0; offset < 40; ++offset) to_send.emplace_back(random() % 12, offset + round * 1000);
    while (!to_send.empty()) {
      const auto [id, offset] = to_send.front();
      to_send.erase(to_send.begin());
      Message& message = send({.id = id, .offset = offset});
      if (message.is_live()) {
        in_flight[id].push_back(&message);
      } else {
        ASSERT_TRUE(stored[id] > 0 || !in_flight[id].empty()) << "the only copy was dropped";
        settle(message, Settlement::dropped);
      }
      for (auto& [held, messages] : in_flight) {
        while (!messages.empty() && random() % 3 == 0) {
          Message* const settled = messages.back();
          messages.pop_back();
          if (random() % 3 == 0) {
            to_send.emplace_back(held, settled->origin.offset);  // read again
            settle(*settled, Settlement::redelivered);
          } else {
            ++stored[held];
            settle(*settled, Settlement::stored);
          }
        }
      }
    }
    for (auto& [id, messages] : in_flight) {
      for (Message* message : messages) settle(*message, Settlement::stored);
    }
    batches_.clear();
  }
}

}  // namespace
}  // namespace weir::stages
