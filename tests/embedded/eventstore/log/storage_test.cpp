#include "tests/embedded/eventstore/store_kit.hpp"

#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

namespace weir::embedded::eventstore::testing {
namespace {

class StorageTest : public StoreTest {};

TEST_F(StorageTest, KeepsWhatWasWritten) {
  ProposedEvent proposed = event(Uuid{7, 8}, "type", std::string("\0bytes\xff", 7));
  proposed.metadata = "meta";
  append("stream é", ExpectedRevision::any(), {proposed});
  reopen();
  const Position position = 1;
  const Result<std::vector<RecordedEvent>> found = storage_->events({&position, 1});
  ASSERT_TRUE(found);
  const RecordedEvent& recorded = found->front();
  EXPECT_EQ(recorded.stream, "stream é");
  EXPECT_EQ(recorded.type, "type");
  EXPECT_EQ(recorded.data, proposed.data);
  EXPECT_EQ(recorded.metadata, "meta");
  EXPECT_EQ(recorded.id, proposed.id);
  EXPECT_TRUE(recorded.is_json);
  EXPECT_EQ(recorded.created, ticks(clock_.wall_now()));
  EXPECT_EQ(storage_->next_position(), 2u);
}

TEST_F(StorageTest, ADirectoryServesOneStoreAtATime) {
  const Result<std::unique_ptr<Storage>> second = Storage::open({dir_.path(), true});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), Errc::already_exists);
  EXPECT_NE(second.error().message().find(dir_.path().string()), std::string::npos);
  EXPECT_NE(second.error().message().find("in use"), std::string::npos);
  EXPECT_NE(second.error().message().find(std::to_string(::getpid())), std::string::npos) << second.error().message();
}

TEST_F(StorageTest, TwoProcessesOnOneDirectory) {
  close();
  int started[2];
  int finish[2];
  ASSERT_EQ(::pipe(started), 0);
  ASSERT_EQ(::pipe(finish), 0);
  const pid_t other = ::fork();
  if (other == 0) {
    const Result<DirectoryLock> held = DirectoryLock::acquire(
        dir_.path(), "event store");  // only the lock: a forked process has lost the database's threads
    char byte = held ? 'y' : 'n';
    (void)!::write(started[1], &byte, 1);
    (void)!::read(finish[0], &byte, 1);
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(started[0], &byte, 1), 1);
  ASSERT_EQ(byte, 'y');
  const Result<std::unique_ptr<Storage>> refused = Storage::open({dir_.path(), true});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::already_exists);
  EXPECT_NE(refused.error().message().find(std::to_string(other)), std::string::npos);
  (void)!::write(finish[1], &byte, 1);
  int status = 0;
  ::waitpid(other, &status, 0);
  for (const int end : {started[0], started[1], finish[0], finish[1]}) ::close(end);
  open();  // a dead process holds nothing
}

TEST_F(StorageTest, ADamagedDirectoryIsNamed) {
  append("s", 3);
  close();
  for (const auto& file : std::filesystem::directory_iterator(dir_.path() / "db")) {
    if (file.path().filename().string().starts_with("MANIFEST"))
      std::ofstream(file.path(), std::ios::trunc) << "rubbish";
  }
  const Result<std::unique_ptr<Storage>> opened = Storage::open({dir_.path(), true});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), Errc::corrupt);
  EXPECT_NE(opened.error().message().find(dir_.path().string()), std::string::npos);
}

TEST_F(StorageTest, ADirectoryThatCannotBeMadeIsNamed) {
  std::ofstream(dir_.path() / "file") << "x";
  const Result<std::unique_ptr<Storage>> opened = Storage::open({dir_.path() / "file" / "below", true});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), Errc::io);
  EXPECT_NE(opened.error().message().find("below"), std::string::npos);
}

TEST_F(StorageTest, CodecsRefuseDamagedBytes) {
  std::string bytes;
  encode_event(event(), "s", 1, 2, 3, bytes);
  ASSERT_TRUE(decode_event(1, bytes));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode_event(1, std::string_view(bytes).substr(0, size))) << size;
  EXPECT_FALSE(decode_event(1, bytes + "x"));

  StreamState state{3, 9, true, true, {5, 6, 7}};
  encode_state(state, bytes);
  EXPECT_EQ(decode_state(bytes), state);
  EXPECT_FALSE(decode_state(bytes.substr(1)));
}

}  // namespace
}  // namespace weir::embedded::eventstore::testing
