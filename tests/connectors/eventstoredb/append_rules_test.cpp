// Every case of the append rules: expected revision × what is known of the stream and the ids.
#include "connectors/eventstoredb/append_rules.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <map>
#include <vector>

namespace weir::connectors::eventstoredb {
namespace {

constexpr Uuid kA{0, 1};
constexpr Uuid kB{0, 2};
constexpr Uuid kC{0, 3};
constexpr Uuid kNew{0, 100};
constexpr Uuid kNew2{0, 101};

// A stream with events of these ids at revisions 0, 1, ...; the position of revision r is 1000 + r.
class Stream final : public KnownEvents {
 public:
  explicit Stream(std::initializer_list<Uuid> ids) : ids_(ids) {
    if (!ids_.empty()) state.last = ids_.size() - 1;
  }
  std::optional<KnownEvent> find(const Uuid& id) const override {
    for (std::size_t i = ids_.size(); i-- > 0;) {
      if (ids_[i] == id) return KnownEvent{i, position(i)};
    }
    return std::nullopt;
  }
  std::optional<KnownEvent> at(StreamRevision revision, const Uuid& id) const override {
    if (revision >= ids_.size() || ids_[revision] != id) return std::nullopt;
    return KnownEvent{revision, position(revision)};
  }
  AppendDecision append(ExpectedRevision expected, std::initializer_list<Uuid> ids) const {
    const std::vector<Uuid> list(ids);
    return decide_append(expected, state, list, *this);
  }

  StreamState state;

 private:
  std::optional<std::uint64_t> position(StreamRevision revision) const {
    if (state.life == StreamState::Life::soft_deleted) return std::nullopt;
    return 1000 + revision;
  }
  std::vector<Uuid> ids_;
};

Stream soft_deleted(std::initializer_list<Uuid> ids) {
  Stream stream(ids);
  stream.state.life = StreamState::Life::soft_deleted;
  stream.state.has_metadata = true;
  return stream;
}
Stream tombstoned(std::initializer_list<Uuid> ids) {
  Stream stream(ids);
  stream.state.life = StreamState::Life::tombstoned;
  return stream;
}

AppendDecision write(StreamRevision first, bool undelete = false) {
  return WriteEvents{first, undelete};
}
AppendDecision already(StreamRevision revision) {
  return AlreadyWritten{revision, 1000 + revision};
}
AppendDecision already_unreadable(StreamRevision revision) {
  return AlreadyWritten{revision, std::nullopt};
}
AppendDecision wrong(StreamRevision actual) {
  return WrongExpectedVersion{actual};
}
AppendDecision wrong_no_stream() {
  return WrongExpectedVersion{};
}
AppendDecision deleted() {
  return StreamIsDeleted{};
}
AppendDecision empty_success(std::optional<StreamRevision> last, bool undelete = false) {
  return AlreadyWritten{last, std::nullopt, undelete};
}

const auto kAny = ExpectedRevision::any();
const auto kExists = ExpectedRevision::stream_exists();
const auto kNone = ExpectedRevision::no_stream();
ExpectedRevision exact(StreamRevision revision) {
  return ExpectedRevision::exact(revision);
}

TEST(AppendRulesAny, WritesAtTheEndWhenNoIdIsKnown) {
  EXPECT_EQ(Stream({}).append(kAny, {kNew}), write(0));
  EXPECT_EQ(Stream({kA, kB}).append(kAny, {kNew, kNew2}), write(2));
}
TEST(AppendRulesAny, WritesAndUndeletesASoftDeletedStream) {
  EXPECT_EQ(soft_deleted({kA, kB}).append(kAny, {kNew}), write(2, true));
}
TEST(AppendRulesAny, SuppressesWhenAllIdsAreKnownAnywhereInTheStream) {
  const Stream stream({kA, kB, kC});
  EXPECT_EQ(stream.append(kAny, {kA, kB, kC}), already(2));
  EXPECT_EQ(stream.append(kAny, {kA}), already(0));
  EXPECT_EQ(stream.append(kAny, {kC, kA}), already(0)) << "answers the last retried event, not the end of the stream";
}
TEST(AppendRulesAny, SuppressesInASoftDeletedStreamWithoutAPosition) {
  EXPECT_EQ(soft_deleted({kA, kB}).append(kAny, {kA}), already_unreadable(0));
}
TEST(AppendRulesAny, RefusesAPartlyKnownBatch) {
  EXPECT_EQ(Stream({kA, kB}).append(kAny, {kA, kNew}), wrong(1));
  EXPECT_EQ(Stream({kA, kB}).append(kAny, {kA, kB, kNew}), wrong(1));
  EXPECT_EQ(Stream({kA, kB}).append(kAny, {kA, kNew, kB}), wrong(1));
}
TEST(AppendRulesAny, WritesAllAgainWhenTheFirstIsUnknown) {
  EXPECT_EQ(Stream({kA, kB}).append(kAny, {kNew, kA}), write(2));
}
TEST(AppendRulesAny, AcceptsTheSameIdTwiceInOneBatch) {
  EXPECT_EQ(Stream({}).append(kAny, {kNew, kNew}), write(0));
  EXPECT_EQ(Stream({kA, kA}).append(kAny, {kA, kA}), already(1));
}

TEST(AppendRulesStreamExists, WritesAtTheEndWhenNoIdIsKnown) {
  EXPECT_EQ(Stream({kA}).append(kExists, {kNew}), write(1));
}
TEST(AppendRulesStreamExists, RefusesAStreamThatNeverExisted) {
  EXPECT_EQ(Stream({}).append(kExists, {kNew}), wrong_no_stream());
}
TEST(AppendRulesStreamExists, MetadataMakesAStreamExist) {
  Stream stream({});
  stream.state.has_metadata = true;
  EXPECT_EQ(stream.append(kExists, {kNew}), write(0));
}
TEST(AppendRulesStreamExists, SoftDeletedIsDeletedEvenForARetry) {
  EXPECT_EQ(soft_deleted({kA}).append(kExists, {kNew}), deleted());
  EXPECT_EQ(soft_deleted({kA}).append(kExists, {kA}), deleted());
}
TEST(AppendRulesStreamExists, TreatsKnownIdsAsAnyDoes) {
  const Stream stream({kA, kB});
  EXPECT_EQ(stream.append(kExists, {kA, kB}), already(1));
  EXPECT_EQ(stream.append(kExists, {kA, kNew}), wrong(1));
  EXPECT_EQ(stream.append(kExists, {kNew, kA}), write(2));
}

TEST(AppendRulesNoStream, WritesTheFirstEvents) {
  EXPECT_EQ(Stream({}).append(kNone, {kNew, kNew2}), write(0));
}
TEST(AppendRulesNoStream, RefusesAnExistingStream) {
  EXPECT_EQ(Stream({kA}).append(kNone, {kNew}), wrong(0));
}
TEST(AppendRulesNoStream, RevivesASoftDeletedStream) {
  EXPECT_EQ(soft_deleted({kA, kB}).append(kNone, {kNew}), write(2, true));
  EXPECT_EQ(soft_deleted({kA, kB}).append(kNone, {kNew, kA}), write(2, true));
}
TEST(AppendRulesNoStream, SuppressesWhenTheEventsAreTheFirstOnes) {
  EXPECT_EQ(Stream({kA, kB, kC}).append(kNone, {kA, kB}), already(1));
  EXPECT_EQ(soft_deleted({kA, kB, kC}).append(kNone, {kA, kB}), already_unreadable(1));
}
TEST(AppendRulesNoStream, RefusesKnownIdsElsewhereInTheStream) {
  EXPECT_EQ(Stream({kA, kB, kC}).append(kNone, {kB, kC}), wrong(2));
  EXPECT_EQ(Stream({kA, kB, kC}).append(kNone, {kA, kC}), wrong(2));
}
TEST(AppendRulesNoStream, RefusesAPartlyKnownBatch) {
  EXPECT_EQ(Stream({kA, kB}).append(kNone, {kA, kNew}), wrong(1));
  EXPECT_EQ(Stream({kA}).append(kNone, {kA, kNew}), wrong(0)) << "a retry that reaches beyond the end";
  EXPECT_EQ(soft_deleted({kA, kB}).append(kNone, {kA, kNew}), wrong(1));
}
TEST(AppendRulesNoStream, RefusesWhenOnlyALaterIdIsKnown) {
  EXPECT_EQ(Stream({kA, kB}).append(kNone, {kNew, kB}), wrong(1));
}

TEST(AppendRulesExactAtTheEnd, Writes) {
  EXPECT_EQ(Stream({kA, kB}).append(exact(1), {kNew}), write(2));
  EXPECT_EQ(soft_deleted({kA, kB}).append(exact(1), {kNew}), write(2, true));
}
TEST(AppendRulesExactAtTheEnd, WritesAgainWhateverIsKnown) {
  const Stream stream({kA, kB});
  EXPECT_EQ(stream.append(exact(1), {kB}), write(2)) << "the last event's own id does not protect it";
  EXPECT_EQ(stream.append(exact(1), {kA, kB}), write(2));
  EXPECT_EQ(stream.append(exact(1), {kA, kNew}), write(2));
  EXPECT_EQ(stream.append(exact(1), {kNew, kA}), write(2));
}

TEST(AppendRulesExactBehindTheEnd, RefusesUnknownIds) {
  EXPECT_EQ(Stream({kA, kB}).append(exact(0), {kNew}), wrong(1));
  EXPECT_EQ(soft_deleted({kA, kB}).append(exact(0), {kNew}), wrong(1));
}
TEST(AppendRulesExactBehindTheEnd, SuppressesTheVeryEventsThatFollow) {
  const Stream stream({kA, kB, kC});
  EXPECT_EQ(stream.append(exact(0), {kB}), already(1));
  EXPECT_EQ(stream.append(exact(0), {kB, kC}), already(2));
  EXPECT_EQ(soft_deleted({kA, kB, kC}).append(exact(0), {kB}), already_unreadable(1));
}
TEST(AppendRulesExactBehindTheEnd, RefusesKnownIdsElsewhere) {
  EXPECT_EQ(Stream({kA, kB, kC}).append(exact(0), {kC}), wrong(2));
  EXPECT_EQ(Stream({kA, kB, kC}).append(exact(0), {kA}), wrong(2));
}
TEST(AppendRulesExactBehindTheEnd, RefusesAPartlyKnownBatch) {
  EXPECT_EQ(Stream({kA, kB, kC}).append(exact(0), {kB, kNew}), wrong(2));
  EXPECT_EQ(Stream({kA, kB}).append(exact(0), {kB, kNew}), wrong(1)) << "a retry that reaches beyond the end";
  EXPECT_EQ(Stream({kA, kB, kC}).append(exact(0), {kNew, kC}), wrong(2));
}

TEST(AppendRulesExactAheadOfTheEnd, Refuses) {
  EXPECT_EQ(Stream({kA, kB}).append(exact(2), {kNew}), wrong(1));
  EXPECT_EQ(Stream({kA, kB}).append(exact(2), {kA, kB}), wrong(1));
  EXPECT_EQ(Stream({kA, kB}).append(exact(7), {kB, kNew}), wrong(1));
  EXPECT_EQ(Stream({}).append(exact(0), {kNew}), wrong_no_stream());
  EXPECT_EQ(Stream({kA}).append(exact(~StreamRevision{0}), {kNew}), wrong(0)) << "must not wrap around";
}

TEST(AppendRulesTombstoned, RefusesEverything) {
  for (const ExpectedRevision& expected : {kAny, kExists, kNone, exact(0), exact(1)}) {
    EXPECT_EQ(tombstoned({kA, kB}).append(expected, {kNew}), deleted());
    EXPECT_EQ(tombstoned({kA, kB}).append(expected, {kA}), deleted());
    EXPECT_EQ(tombstoned({}).append(expected, {}), deleted());
  }
}

TEST(AppendRulesEmptyBatch, SucceedsWhenTheExpectationHolds) {
  EXPECT_EQ(Stream({}).append(kAny, {}), empty_success(std::nullopt));
  EXPECT_EQ(Stream({kA, kB}).append(kAny, {}), empty_success(1));
  EXPECT_EQ(Stream({kA, kB}).append(kExists, {}), empty_success(1));
  EXPECT_EQ(Stream({}).append(kNone, {}), empty_success(std::nullopt));
  EXPECT_EQ(Stream({kA, kB}).append(exact(1), {}), empty_success(1));
}
TEST(AppendRulesEmptyBatch, UndeletesASoftDeletedStream) {
  EXPECT_EQ(soft_deleted({kA, kB}).append(kAny, {}), empty_success(1, true));
  EXPECT_EQ(soft_deleted({kA, kB}).append(exact(1), {}), empty_success(1, true));
}
TEST(AppendRulesEmptyBatch, RefusesOtherwise) {
  EXPECT_EQ(Stream({}).append(kExists, {}), wrong_no_stream());
  EXPECT_EQ(soft_deleted({kA}).append(kExists, {}), deleted());
  EXPECT_EQ(Stream({kA, kB}).append(kNone, {}), wrong(1));
  EXPECT_EQ(soft_deleted({kA, kB}).append(kNone, {}), wrong(1));
  EXPECT_EQ(Stream({kA, kB}).append(exact(0), {}), wrong(1));
  EXPECT_EQ(Stream({kA, kB}).append(exact(2), {}), wrong(1));
  EXPECT_EQ(Stream({}).append(exact(0), {}), wrong_no_stream());
}

}  // namespace
}  // namespace weir::connectors::eventstoredb
