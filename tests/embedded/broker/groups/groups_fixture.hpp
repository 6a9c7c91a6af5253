// GroupsTest: a coordinator over a disk in memory, virtual time, and rounds of the flusher by hand.
#pragma once

#include "embedded/broker/groups/group_coordinator.hpp"
#include "embedded/broker/groups/limits.hpp"
#include "pipeline/base/units.hpp"
#include "pipeline/testing/manual_clock.hpp"
#include "tests/embedded/broker/storage/fault_file_system.hpp"
#include "tests/embedded/broker/storage/manual_flusher.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir::embedded::broker::groups {

using wire::ErrorCode;

// The answer to one request, when it comes. More than one answer fails the test.
template <class Response>
class Answer {
 public:
  Reply<Response> reply() {
    return [got = got_](Response response) {
      EXPECT_FALSE(got->has_value()) << "answered twice";
      *got = std::move(response);
    };
  }
  bool here() const { return got_->has_value(); }
  const Response& operator*() const {
    if (!here()) ADD_FAILURE() << "no answer yet";
    static const Response kNone{};
    return here() ? **got_ : kNone;
  }
  const Response* operator->() const { return &**this; }

 private:
  std::shared_ptr<std::optional<Response>> got_ = std::make_shared<std::optional<Response>>();
};

using Joined = Answer<wire::JoinGroupResponse>;
using Synced = Answer<wire::SyncGroupResponse>;
using Committed = Answer<wire::OffsetCommitResponse>;

// A request to join, with what most tests want.
struct Join {
  std::string member = {};
  std::optional<std::string> instance = std::nullopt;
  std::vector<std::pair<std::string, std::string>> protocols = {{"range", "m"}};
  std::string type = "consumer";
  std::int16_t version = 9;
  std::chrono::milliseconds session = std::chrono::seconds(10);
  std::chrono::milliseconds rebalance = std::chrono::seconds(60);
  std::string group = "g";
  std::string client = "app";
};

struct Sync {
  std::string member;
  std::int32_t generation = 0;
  std::vector<std::pair<std::string, std::string>> assignments = {};
  std::optional<std::string> instance = std::nullopt;
  std::optional<std::string> type = std::nullopt;
  std::optional<std::string> protocol = std::nullopt;
  std::string group = "g";
};

struct Commit {
  std::string member = {};
  std::int32_t generation = -1;
  Offset offset = 0;
  std::string topic = "t";
  Partition partition = 0;
  std::optional<std::string> metadata = std::nullopt;
  std::optional<std::string> instance = std::nullopt;
  std::string group = "g";
};

class GroupsTest : public ::testing::Test {
 protected:
  GroupsTest();
  ~GroupsTest() override;

  // The options of the next open(); topics "t" and "u" have four partitions each.
  GroupCoordinator::Options options;
  void open();
  Result<std::unique_ptr<GroupCoordinator>> try_open();
  // The process is killed: written bytes stay, callbacks never come. Then it starts again.
  void restart();
  // The machine is: unsynced bytes may be lost.
  void lose_power(std::uint64_t seed);

  // Time passes, timer by timer; rounds of the flusher come at once unless `corked`.
  void pass(Duration duration);
  void flush() {
    if (!corked) flusher.run_until_idle();
  }
  bool corked = false;

  Joined join(const Join& wanted);
  Synced sync(const Sync& wanted);
  ErrorCode heartbeat(const std::string& member, std::int32_t generation,
                      const std::optional<std::string>& instance = std::nullopt, const std::string& group = "g");
  wire::LeaveGroupResponse leave(const std::vector<std::pair<std::string, std::optional<std::string>>>& members,
                                 const std::string& group = "g");
  ErrorCode leave_v1(const std::string& member);
  Committed commit(const Commit& wanted);
  // The error of a commit of one partition that is answered at once.
  ErrorCode commit_error(const Commit& wanted);
  // -1 when nothing is committed.
  Offset fetch(const std::string& topic = "t", Partition partition = 0, const std::string& group = "g");
  wire::DescribeGroupsResponse::Group describe(const std::string& group = "g");
  std::string state(const std::string& group = "g") { return describe(group).group_state; }

  // A dynamic member of version 9 that has asked for its id and is parked with its join.
  struct Parked {
    std::string id;
    Joined joined;
  };
  Parked enter(Join wanted = {});
  // A stable group of `count` members of version 9, the leader first; the assignment of each is "for <id>".
  std::vector<std::string> stable_group(int count, Join wanted = {});
  // Syncs all members of the generation that `leader_joined` describes.
  void sync_all(const Joined& leader_joined, const std::string& group = "g");

  boost::asio::io_context io;
  testing::ManualClock clock{io};
  Timers timers{clock};
  storage::FaultFileSystem files;
  storage::ManualFlusher flusher;
  std::unique_ptr<GroupCoordinator> coordinator;
};

// The metadata of a consumer that subscribes to these topics.
std::string subscription(const std::vector<std::string>& topics, std::string_view user_data = {});

}  // namespace weir::embedded::broker::groups
