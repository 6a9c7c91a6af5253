#include "pipeline/parts/part.hpp"

#include "tests/pipeline/parts/every_part.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace weir {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::optional<std::string> value_of(std::string_view name, const Message& message) {
  const std::optional<Part> part = Part::parse(name);
  if (!part.has_value()) return "no such part";
  PartRoom room;
  const std::optional<std::string_view> value = part->value(message, room);
  return value.has_value() ? std::optional(std::string(*value)) : std::nullopt;
}

TEST(PartTest, EveryPartHasItsValue) {
  Message message;
  testing::give_every_part(message);
  for (const auto& [name, value] : testing::kEveryPart) {
    EXPECT_EQ(value_of(name, message), value) << name;
    EXPECT_EQ(Part::parse(name)->name(), name);
  }
}

// So that a new part cannot be left out of the tests that go through all of them.
TEST(PartTest, TheTestsKnowEveryPart) {
  std::vector<std::string> tried;
  for (const auto& [name, value] : testing::kEveryPart) tried.push_back(name == "header:tenant" ? "header:NAME" : name);
  EXPECT_EQ(part_names(), tried);
}

TEST(PartTest, WhatAMessageDoesNotHaveHasNoValue) {
  const Message bare;
  for (const auto& [name, value] : testing::kEveryPart) {
    if (name == "partition" || name == "offset") continue;  // numbers that every record has
    EXPECT_EQ(value_of(name, bare), std::nullopt) << name;
  }
}

TEST(PartTest, NumbersAreWrittenWhole) {
  Message message;
  message.origin.partition = std::numeric_limits<Partition>::max();
  message.origin.offset = std::numeric_limits<Offset>::max();
  message.event.aggregate_version = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(value_of("partition", message), "2147483647");
  EXPECT_EQ(value_of("offset", message), "9223372036854775807");
  EXPECT_EQ(value_of("aggregate_version", message), "-9223372036854775808");
}

TEST(PartTest, AHeaderIsTheLastOfItsExactName) {
  Message message;
  testing::give_every_part(message);
  EXPECT_EQ(value_of("header:tenant", message), "ACME");
  EXPECT_EQ(value_of("header:Tenant", message), "x");
  EXPECT_EQ(value_of("header:empty", message), "");
  EXPECT_EQ(value_of("header:TENANT", message), std::nullopt);
}

TEST(PartTest, TextIsNotCopied) {
  Message message;
  testing::give_every_part(message);
  PartRoom room;
  EXPECT_EQ(Part::parse("event_type")->value(message, room)->data(), message.event.type.data());
  EXPECT_EQ(Part::parse("key")->value(message, room)->data(), message.key.data());
}

TEST(PartTest, NothingElseIsAPart) {
  for (const std::string_view name : {"", "event", "Event_id", "header", "header:", "key:x", "event_id ", "data", "/a"})
    EXPECT_FALSE(Part::parse(name).has_value()) << name;
}

TEST(PartTest, AnUnknownNameIsAnsweredWithTheNearestAndAll) {
  EXPECT_EQ(unknown_part("agregate_id", "{agregate_id}"),
            "unknown field '{agregate_id}' (did you mean 'aggregate_id'?); known: event_id, event_type, aggregate_id, "
            "aggregate_type, aggregate_version, occurred_on, correlation_id, causation_id, topic, partition, offset, "
            "key, header:NAME");
  EXPECT_THAT(unknown_part("nothing", "nothing"), Not(HasSubstr("did you mean")));
  EXPECT_THAT(unknown_part("heder:tenant", "heder:tenant"), HasSubstr("did you mean 'header:tenant'?"));
  EXPECT_THAT(unknown_part("header:", "header:"), HasSubstr("did you mean 'header:NAME'?"));
  EXPECT_THAT(unknown_part("header", "header"), HasSubstr("did you mean 'header:NAME'?"));
  EXPECT_THAT(unknown_part("key:x", "key:x"), HasSubstr("did you mean 'key'?"));
  EXPECT_THAT(unknown_part("prefx", "prefx", {"prefix"}), HasSubstr("did you mean 'prefix'?"));
  EXPECT_THAT(unknown_part("prefx", "prefx", {"prefix"}), HasSubstr("header:NAME, prefix"));
}

TEST(PartNames, ThoseOfADecodedEvent) {
  EXPECT_TRUE(is_event_field("event_type"));
  EXPECT_TRUE(is_event_field("causation_id"));
  for (const char* other : {"topic", "key", "header:event_type", "/event_type", ""})
    EXPECT_FALSE(is_event_field(other)) << other;
}

}  // namespace
}  // namespace weir
