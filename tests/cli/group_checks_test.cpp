// Which groups may be reset, and what is said of those that cannot be found or described.
#include "cli/kafka/group_checks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::cli {
namespace {

using connectors::kafka::GroupInfo;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

GroupInfo some_group(const std::string& state, bool described = true) {
  GroupInfo group;
  group.name = "g";
  group.state = state;
  group.described = described;
  return group;
}

TEST(GroupChecks, DeadIsUnknownOnlyWhereTheBrokerDescribesIt) {
  EXPECT_TRUE(is_unknown(some_group("Dead")));
  EXPECT_FALSE(is_unknown(some_group("Empty")));
  EXPECT_FALSE(is_unknown(some_group("Stable", false)));
  EXPECT_FALSE(is_unknown(some_group("", false)));
}

TEST(GroupChecks, AGroupIsNeverSuggestedInItsOwnPlace) {
  const Error listed = no_such_group("writer", "h:1", {"reader", "writer"});
  EXPECT_EQ(listed.code(), Errc::unsupported);
  EXPECT_THAT(listed.message(), AllOf(HasSubstr("group 'writer' is of a protocol that this weir cannot describe"),
                                      Not(HasSubstr("did you mean")), Not(HasSubstr("there is no group"))));
  const Error misspelt = no_such_group("writr", "h:1", {"reader", "writer"});
  EXPECT_EQ(misspelt.code(), Errc::not_found);
  EXPECT_THAT(misspelt.message(), HasSubstr("there is no group 'writr' at h:1; did you mean 'writer'?"));
  EXPECT_THAT(no_such_group("x", "h:1", {}).message(), HasSubstr("`weir groups ls`"));
}

TEST(GroupChecks, AGroupWithMembersIsNotReset) {
  GroupInfo group = some_group("Stable");
  group.members = {{"id", "", "app", "10.0.0.1", {}}};
  const std::optional<Error> refusal = refuse_reset(group);
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->code(), Errc::already_exists);
  EXPECT_THAT(refusal->message(), HasSubstr("app on 10.0.0.1"));
  EXPECT_FALSE(refuse_reset(some_group("Empty")).has_value());
  EXPECT_FALSE(refuse_reset(some_group("Dead")).has_value()) << "--create decides about that";
}

TEST(GroupChecks, WhereMembersCannotBeKnownOnlyTheBrokersWordCounts) {
  EXPECT_FALSE(refuse_reset(some_group("Empty", false)).has_value());
  const std::optional<Error> live = refuse_reset(some_group("Stable", false));
  ASSERT_TRUE(live.has_value());
  EXPECT_EQ(live->code(), Errc::already_exists);
  EXPECT_THAT(live->message(), AllOf(HasSubstr("and Stable, not Empty"), HasSubstr("stop them first")));
  const std::optional<Error> unclear = refuse_reset(some_group("", false));
  ASSERT_TRUE(unclear.has_value());
  EXPECT_EQ(unclear->code(), Errc::unsupported);
  EXPECT_THAT(unclear->message(), HasSubstr("kafka-consumer-groups.sh"));
}

}  // namespace
}  // namespace weir::cli
