// OrderGate: the bookkeeping behind I2.
#include "pipeline/order_gate.hpp"

#include "pipeline/message.hpp"
#include "tests/samples.hpp"

#include <gmock/gmock.h>

#include <deque>
#include <map>
#include <random>
#include <set>
#include <string>

namespace weir {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Messages with consecutive sequences, at fixed addresses.
class Messages {
 public:
  explicit Messages(std::size_t count) : all_(count) {
    for (std::size_t i = 0; i < count; ++i) all_[i].sequence = i;
  }
  const Message& operator[](std::size_t i) const { return all_[i]; }

 private:
  std::deque<Message> all_;
};

std::vector<std::uint64_t> sequences(const OrderGate::Run& send) {
  std::vector<std::uint64_t> result;
  for (const Message* message : send.messages) result.push_back(message->sequence);
  return result;
}

// Takes what is ready and expects it to be one Run.
OrderGate::Run take_one(OrderGate& gate) {
  std::vector<OrderGate::Run> sends = gate.take_ready();
  EXPECT_EQ(sends.size(), 1u);
  return sends.empty() ? OrderGate::Run{} : std::move(sends.front());
}

constexpr OrderGate::Limits kRoomy{1000, 1000000};

TEST(OrderGateTest, MessagesGatherWhileTheirKeyIsOut) {
  Messages m(4);
  OrderGate gate(kRoomy);
  gate.offer("s", m[0], 10);
  const OrderGate::Run first = take_one(gate);
  EXPECT_EQ(first.key, "s");
  EXPECT_THAT(sequences(first), ElementsAre(0));
  gate.offer("s", m[1], 10);
  gate.offer("s", m[2], 10);
  EXPECT_THAT(gate.take_ready(), IsEmpty());
  EXPECT_EQ(gate.waiting(), 2u);
  gate.resolve("s", sequences(first), {false});
  const OrderGate::Run second = take_one(gate);
  EXPECT_THAT(sequences(second), ElementsAre(1, 2));
  gate.resolve("s", sequences(second), {false, false});
  EXPECT_EQ(gate.keys(), 0u);
  EXPECT_EQ(gate.waiting(), 0u);
}

TEST(OrderGateTest, DifferentKeysAreOutSideBySideAndTheOldestGoFirst) {
  Messages m(3);
  OrderGate gate(kRoomy);
  gate.offer("b", m[0], 1);
  gate.offer("a", m[1], 1);
  gate.offer("c", m[2], 1);
  const auto first = gate.take_ready(2);
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].key, "b");
  EXPECT_EQ(first[1].key, "a");
  EXPECT_EQ(take_one(gate).key, "c");
}

TEST(OrderGateTest, AFailedMessageHoldsBackWhatComesAfterIt) {
  Messages m(4);
  OrderGate gate(kRoomy);
  gate.offer("s", m[0], 1);
  gate.offer("s", m[1], 1);
  const auto send = take_one(gate);
  gate.offer("s", m[2], 1);
  EXPECT_THAT(gate.held_back("s"), IsEmpty());
  gate.resolve("s", sequences(send), {false, true});
  EXPECT_THAT(gate.take_ready(), IsEmpty()) << "2 must wait for 1";
  EXPECT_THAT(gate.held_back("s"), ElementsAre(2));
  gate.offer("s", m[1], 1);
  EXPECT_THAT(sequences(take_one(gate)), ElementsAre(1, 2));
}

TEST(OrderGateTest, OnlyWhatComesBeforeTheFirstMissingOneIsSent) {
  Messages m(4);
  OrderGate gate(kRoomy);
  for (std::size_t i : {0u, 1u, 2u}) gate.offer("s", m[i], 1);
  const auto send = take_one(gate);
  gate.resolve("s", sequences(send), {true, true, true});
  gate.offer("s", m[3], 1);
  gate.offer("s", m[0], 1);
  const auto again = take_one(gate);
  EXPECT_THAT(sequences(again), ElementsAre(0));
  gate.resolve("s", sequences(again), {false});
  gate.offer("s", m[2], 1);
  EXPECT_THAT(gate.take_ready(), IsEmpty());
  gate.forget("s", m[1].sequence);
  EXPECT_THAT(sequences(take_one(gate)), ElementsAre(2, 3));
}

TEST(OrderGateTest, AForgottenMessageNoLongerBlocksAndIsNoLongerSent) {
  Messages m(3);
  OrderGate gate(kRoomy);
  gate.offer("s", m[0], 1);
  const auto send = take_one(gate);
  gate.offer("s", m[1], 1);
  gate.offer("s", m[2], 1);
  gate.resolve("s", sequences(send), {true});
  gate.forget("s", m[1].sequence);
  gate.forget("s", m[0].sequence);
  const auto rest = take_one(gate);
  EXPECT_THAT(sequences(rest), ElementsAre(2));
  gate.resolve("s", sequences(rest), {false});
  EXPECT_EQ(gate.keys(), 0u);
}

TEST(OrderGateTest, AWithdrawnMessageBlocksUntilItIsOfferedAgain) {
  Messages m(2);
  OrderGate gate(kRoomy);
  gate.offer("s", m[0], 1);
  gate.offer("s", m[1], 1);
  gate.withdraw("s", 0);
  EXPECT_THAT(gate.take_ready(), IsEmpty());
  EXPECT_EQ(gate.waiting(), 1u);
  gate.offer("s", m[0], 1);
  EXPECT_THAT(sequences(take_one(gate)), ElementsAre(0, 1));
  gate.withdraw("s", 0);  // out: no effect
  gate.withdraw("t", 0);  // unknown: no effect
}

TEST(OrderGateTest, LimitsBoundARequestButOneMessageAlwaysGoes) {
  Messages m(6);
  OrderGate gate({2, 100});
  gate.offer("s", m[0], 5000);
  gate.offer("s", m[1], 40);
  gate.offer("s", m[2], 40);
  gate.offer("s", m[3], 1);
  gate.offer("s", m[4], 60);
  gate.offer("s", m[5], 60);
  for (const std::vector<std::uint64_t>& expected : std::vector<std::vector<std::uint64_t>>{{0}, {1, 2}, {3, 4}, {5}}) {
    const auto send = take_one(gate);
    EXPECT_EQ(sequences(send), expected);
    gate.resolve("s", sequences(send), std::vector<bool>(send.messages.size(), false));
  }
}

TEST(OrderGateTest, AKeyIsOutUntilAllOfItsSendIsResolved) {
  Messages m(3);
  OrderGate gate(kRoomy);
  gate.offer("s", m[0], 1);
  gate.offer("s", m[1], 1);
  const auto send = take_one(gate);
  gate.offer("s", m[2], 1);
  gate.resolve("s", std::vector<std::uint64_t>{0}, {false});
  EXPECT_THAT(gate.take_ready(), IsEmpty());
  gate.resolve("s", std::vector<std::uint64_t>{1}, {false});
  EXPECT_THAT(sequences(take_one(gate)), ElementsAre(2));
}

// Random failures, retries and gatherings: per key the stored order
// is the sequence order, and nothing is lost or stored twice.
TEST(OrderGateProperty, OrderHoldsAndNothingIsLostUnderRandomFailures) {
  for (unsigned seed = 1; seed <= samples(200u); ++seed) {
    std::mt19937 random(seed);
    const auto chance = [&](unsigned percent) {
      return random() % 100 < percent;
    };
    constexpr std::size_t kMessages = 300;
    Messages m(kMessages);
    const auto key_of = [](std::uint64_t sequence) {
      return "stream-" + std::to_string(sequence * 2654435761u % 7);
    };
    OrderGate gate({1 + random() % 5, 100});
    std::vector<OrderGate::Run> out;
    std::set<std::uint64_t> to_retry;  // offered again in sequence order, as the runner does
    std::set<std::uint64_t> forgotten;
    std::map<std::string, std::vector<std::uint64_t>> stored;
    std::size_t next = 0;
    std::size_t steps = 0;
    while (next < kMessages || !out.empty() || !to_retry.empty() || gate.waiting() > 0) {
      ASSERT_LT(++steps, 100000u) << "stuck, seed " << seed;
      if (next < kMessages && chance(60)) {
        gate.offer(key_of(next), m[next], 1 + random() % 60);
        ++next;
      }
      if (!to_retry.empty() && chance(50)) {
        const std::uint64_t sequence = *to_retry.begin();
        to_retry.erase(to_retry.begin());
        if (chance(5)) {
          forgotten.insert(sequence);
          gate.forget(key_of(sequence), m[sequence].sequence);
        } else {
          gate.offer(key_of(sequence), m[sequence], 1 + random() % 60);
        }
      }
      for (OrderGate::Run& send : gate.take_ready(1 + random() % 3)) {
        for (const OrderGate::Run& other : out) ASSERT_NE(other.key, send.key) << "a key is out twice, seed " << seed;
        out.push_back(std::move(send));
      }
      if (!out.empty() && chance(60)) {
        const std::size_t which = random() % out.size();
        OrderGate::Run send = std::move(out[which]);
        out.erase(out.begin() + static_cast<std::ptrdiff_t>(which));
        const std::string key(send.key);
        const std::size_t good = chance(30) ? random() % (send.messages.size() + 1) : send.messages.size();
        std::vector<bool> failed;
        for (std::size_t i = 0; i < send.messages.size(); ++i) {
          const std::uint64_t sequence = send.messages[i]->sequence;
          ASSERT_EQ(key_of(sequence), key);
          failed.push_back(i >= good);
          if (i < good)
            stored[key].push_back(sequence);
          else
            to_retry.insert(sequence);
        }
        gate.resolve(key, sequences(send), failed);
      }
    }
    std::size_t count = forgotten.size();
    for (const auto& [key, order] : stored) {
      count += order.size();
      EXPECT_TRUE(std::is_sorted(order.begin(), order.end())) << key << ", seed " << seed;
      EXPECT_EQ(std::set<std::uint64_t>(order.begin(), order.end()).size(), order.size());
    }
    EXPECT_EQ(count, kMessages) << "seed " << seed;
    EXPECT_EQ(gate.keys(), 0u);
  }
}

}  // namespace
}  // namespace weir
