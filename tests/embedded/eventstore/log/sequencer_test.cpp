#include "tests/embedded/eventstore/store_kit.hpp"

namespace weir::embedded::eventstore::testing {
namespace {

const Uuid kA{1, 1}, kB{2, 2}, kC{3, 3}, kD{4, 4};

class SequencerTest : public StoreTest {};

TEST_F(SequencerTest, GivesRevisionsAndStrictlyIncreasingPositions) {
  const auto first = std::get<Appended>(append("s", 2));
  const auto second = std::get<Appended>(append("t", 1));
  EXPECT_EQ(first.revision, 1);
  EXPECT_EQ(second.revision, 0);
  EXPECT_GT(*second.position, *first.position);
}

TEST_F(SequencerTest, AnySuppressesWhatIsKnownAsAWhole) {
  append("s", ExpectedRevision::any(), events({kA, kB}));
  append("s", ExpectedRevision::any(), events({kC}));
  EXPECT_EQ(text(append("s", ExpectedRevision::any(), events({kA, kB}))), "ok 1");
  EXPECT_EQ(text(append("s", ExpectedRevision::any(), events({kB}))), "ok 1");
  EXPECT_EQ(text(append("s", ExpectedRevision::any(), events({kA, kD}))), "wrong 2")
      << "the first is known, a later one is not";
  EXPECT_EQ(text(append("s", ExpectedRevision::any(), events({kD, kA}))), "ok 4")
      << "the first is new: all is written again";
  EXPECT_EQ(text(append("other", ExpectedRevision::any(), events({kA}))), "ok 0") << "ids are known per stream";
}

TEST_F(SequencerTest, NoStreamAndExactRevisions) {
  EXPECT_EQ(text(append("s", ExpectedRevision::exact(0), events({kA}))), "wrong -1");
  EXPECT_EQ(text(append("s", ExpectedRevision::no_stream(), events({kA, kB}))), "ok 1");
  EXPECT_EQ(text(append("s", ExpectedRevision::no_stream(), events({kA, kB}))), "ok 1");
  EXPECT_EQ(text(append("s", ExpectedRevision::no_stream(), events({kA}))), "ok 0");
  EXPECT_EQ(text(append("s", ExpectedRevision::no_stream(), events({kB}))), "wrong 1");
  EXPECT_EQ(text(append("s", ExpectedRevision::exact(1), events({kC}))), "ok 2");
  EXPECT_EQ(text(append("s", ExpectedRevision::exact(1), events({kC}))), "ok 2") << "a retry";
  EXPECT_EQ(text(append("s", ExpectedRevision::exact(2), events({kC}))), "ok 3")
      << "at the end nothing protects the last event";
  EXPECT_EQ(text(append("s", ExpectedRevision::exact(7), events({kD}))), "wrong 3");
}

TEST_F(SequencerTest, IdsAreRememberedAcrossARestart) {
  append("s", ExpectedRevision::any(), events({kA, kB}));
  reopen();
  EXPECT_EQ(text(append("s", ExpectedRevision::any(), events({kA, kB}))), "ok 1");
  EXPECT_EQ(read("s"), "0 1");
}

TEST_F(SequencerTest, IdsAreRememberedWhenTheStreamHasLeftTheCache) {
  close();
  options_.cached_streams = 2;
  open();
  append("s", ExpectedRevision::any(), events({kA}));
  for (int i = 0; i < 20; ++i) append("t" + std::to_string(i), 1);
  EXPECT_EQ(text(append("s", ExpectedRevision::any(), events({kA}))), "ok 0");
  EXPECT_EQ(text(append("s", 1)), "ok 1");
}

TEST_F(SequencerTest, RequestsOfOneGroupSeeEachOther) {
  std::vector<WriteRequest> group;
  group.push_back(append_request("s", ExpectedRevision::no_stream(), events({kA, kB})));
  group.push_back(append_request("s", ExpectedRevision::any(), events({kA, kB})));        // the same again
  group.push_back(append_request("s", ExpectedRevision::no_stream(), events({kA, kB})));  // and again
  group.push_back(append_request("s", ExpectedRevision::exact(1), events({kC})));
  group.push_back(append_request("s", ExpectedRevision::exact(1), events({kD})));
  WriteRequest tombstone = append_request("s", ExpectedRevision::any(), {});
  tombstone.kind = WriteKind::tombstone;
  group.push_back(std::move(tombstone));
  group.push_back(append_request("s", ExpectedRevision::any(), events({kD})));
  std::string all;
  for (const AppendResult& result : sequencer_->run_group(std::move(group))) all += text(result) + "; ";
  EXPECT_EQ(all, "ok 1; ok 1; ok 1; ok 2; wrong 2; ok 9223372036854775807; deleted; ");
  EXPECT_EQ(read("s"), "error stream_deleted");
}

TEST_F(SequencerTest, AnEmptyAppendChangesNothing) {
  EXPECT_EQ(text(append("s", ExpectedRevision::any(), {})), "ok -1 @none");
  append("s", 2);
  EXPECT_EQ(text(append("s", ExpectedRevision::any(), {})).substr(0, 4), "ok 1");
  EXPECT_EQ(text(append("s", ExpectedRevision::exact(5), {})), "wrong 1");
}

TEST_F(SequencerTest, SoftDeleteHidesAndTheNextAppendGoesOn) {
  append("s", ExpectedRevision::any(), events({kA, kB}));
  set_metadata("s", R"({"$maxCount":5,"mine":{"x":[1,"é\n"]}})");
  EXPECT_EQ(text(remove("s", WriteKind::soft_delete)), "ok 1");
  EXPECT_EQ(read("s"), "not_found");
  EXPECT_EQ(text(append("s", ExpectedRevision::any(), events({kA, kB}))), "ok 1 @none")
      << "a retry of what can no longer be read";
  EXPECT_EQ(text(append("s", ExpectedRevision::no_stream(), events({kC}))), "ok 2");
  EXPECT_EQ(read("s"), "2");
  reopen();
  EXPECT_EQ(read("s"), "2");
}

TEST_F(SequencerTest, UndeletingKeepsTheOtherMetadata) {
  append("s", 3);
  set_metadata("s", R"({"$tb":9223372036854775807,"$maxCount":2,"mine":"a\"b"})");
  EXPECT_EQ(read("s"), "not_found");
  append("s", 1);
  const StreamState state = *reader_->stream("s");
  EXPECT_EQ(state.retention.truncate_before, 3);
  EXPECT_EQ(state.retention.max_count, 2);
  const Result<StreamPage> page =
      reader_->read_stream("$$s", *reader_->stream("$$s"), 1, Direction::forwards, {}, false, Reader::Forgotten::hide);
  EXPECT_EQ(page->events.back().event->data, R"({"$tb":3,"$maxCount":2,"mine":"a\"b"})");
}

TEST_F(SequencerTest, WritingMetadataRevivesADeletedStream) {
  append("s", 3);
  remove("s", WriteKind::soft_delete);
  EXPECT_EQ(text(set_metadata("s", R"({"$maxCount":7})")), "ok 1");
  const StreamState state = *reader_->stream("s");
  EXPECT_FALSE(state.soft_deleted());
  EXPECT_EQ(state.retention.truncate_before, 3);
  EXPECT_EQ(state.retention.max_count, 7);
}

TEST_F(SequencerTest, DeletesCheckTheExpectedRevision) {
  EXPECT_EQ(text(remove("never", WriteKind::soft_delete)), "wrong -1") << "even with any";
  append("s", 3);
  EXPECT_EQ(text(remove("s", WriteKind::soft_delete, ExpectedRevision::exact(1))), "wrong 2");
  EXPECT_EQ(text(remove("s", WriteKind::tombstone, ExpectedRevision::no_stream())), "wrong 2");
  EXPECT_EQ(text(remove("s", WriteKind::soft_delete, ExpectedRevision::exact(2))), "ok 2");
  EXPECT_EQ(text(remove("new", WriteKind::tombstone, ExpectedRevision::no_stream())), "ok 9223372036854775807");
  EXPECT_EQ(text(append("new", 1)), "deleted");
  EXPECT_EQ(text(set_metadata("new", "{}")), "deleted") << "the metadata stream dies with its stream";
  reopen();
  EXPECT_EQ(text(append("new", 1)), "deleted");
  EXPECT_EQ(text(remove("new", WriteKind::tombstone)), "deleted");
}

TEST_F(SequencerTest, AStreamThatIsThereByItsMetadataAloneCanBeDeleted) {
  for (const ExpectedRevision expected : {ExpectedRevision::no_stream(), ExpectedRevision::any()}) {
    const std::string stream = expected == ExpectedRevision::any() ? "any" : "no-stream";
    set_metadata(stream, R"({"$maxCount":5})");
    EXPECT_EQ(text(remove(stream, WriteKind::soft_delete, expected)), "ok -1") << stream;
    EXPECT_EQ(read(stream), "not_found");
    EXPECT_EQ(text(append(stream, 1)), "ok 0") << "and lives again";
    EXPECT_EQ(read(stream), "0");
  }
}

TEST_F(SequencerTest, GivesUpWhatWaitedTooLong) {
  WriteRequest late = append_request("s", ExpectedRevision::any(), events({kA}));
  late.deadline = clock_.now() + std::chrono::seconds(2);
  clock_.advance(std::chrono::seconds(2));
  EXPECT_EQ(text(write(std::move(late))), "timeout");
  EXPECT_EQ(read("s"), "not_found");
}

TEST_F(SequencerTest, AFailingDiskStopsAllWritesUntilARestart) {
  close();
  options_.commit = [](CommitGroup&) -> Result<void> {
    return Error(Errc::io, "no space left on device");
  };
  open();
  const AppendResult refused = append("s", 1);
  ASSERT_EQ(text(refused), "failed");
  EXPECT_NE(std::get<WriteFailed>(refused).error.message().find("no space left"), std::string::npos);
  EXPECT_TRUE(sequencer_->failed());
  EXPECT_EQ(text(append("t", 1)), "failed");
  EXPECT_EQ(read("s"), "not_found") << "reads go on";
  close();
  options_.commit = nullptr;
  open();
  EXPECT_EQ(text(append("s", 1)), "ok 0");
}

TEST_F(SequencerTest, RefusesWhatDoesNotFitTheQueueButAnyOneRequestFits) {
  close();
  options_.queued_bytes = 1000;
  open();
  const auto request = [](std::size_t size) {
    return append_request("s", ExpectedRevision::any(), {event("t", std::string(size, 'x'))});
  };
  EXPECT_EQ(sequencer_->submit(request(5000)), Sequencer::Submitted::queued);
  EXPECT_EQ(sequencer_->submit(request(1)), Sequencer::Submitted::queue_full);
}

TEST_F(SequencerTest, FirstEventsAreWrittenOnce) {
  const std::vector<std::pair<std::string, ProposedEvent>> first = {
      {"$$x", event(Uuid::random(), "$metadata", R"({"$maxCount":3})")}, {"$x", event()}};
  ASSERT_TRUE(sequencer_->write_first_events(first));
  EXPECT_EQ(*reader_->last_position(), 2u);
  reopen();
  ASSERT_TRUE(sequencer_->write_first_events(first));
  EXPECT_EQ(*reader_->last_position(), 2u);
  EXPECT_EQ(reader_->stream("x")->retention.max_count, 3);
}

}  // namespace
}  // namespace weir::embedded::eventstore::testing
