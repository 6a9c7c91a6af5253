#include "pipeline/parts/template.hpp"

#include "pipeline/parts/checked_by.hpp"
#include "tests/pipeline/parts/every_part.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>

namespace weir {
namespace {

using ::testing::HasSubstr;

class TemplateTest : public ::testing::Test {
 protected:
  TemplateTest() { testing::give_every_part(message); }

  // What the template makes of the message, or the error's text.
  std::string rendered(std::string_view text, const Template::Table& own = {}) const {
    const Result<Template> parsed = Template::parse(text, "topic", own);
    if (parsed.has_error()) {
      EXPECT_EQ(parsed.error().code(), Errc::invalid_argument);
      return parsed.error().message();
    }
    std::string out;
    const Result<void> made = parsed->render(message, out);
    if (!made.has_error()) return out;
    EXPECT_TRUE(made.error().is_data_error());
    return made.error().message();
  }

  Message message;
};

TEST_F(TemplateTest, EveryPartAndItsLowerCase) {
  for (const auto& [name, value] : testing::kEveryPart) {
    EXPECT_EQ(rendered("<{" + name + "}>"), "<" + value + ">");
    std::string lower = value;
    for (char& c : lower) c = static_cast<char>(std::tolower(c));
    EXPECT_EQ(rendered("{" + name + "|lower}"), lower);
  }
}

TEST_F(TemplateTest, TextAndPartsInAnyOrder) {
  EXPECT_EQ(rendered("plain"), "plain");
  EXPECT_EQ(rendered("{topic}.{event_type|lower}-x"), "Orders.orderplaced-x");
  EXPECT_EQ(rendered("{partition}{offset}"), "39007199254740993");
  EXPECT_EQ(rendered("{event_id}/{event_id}"),
            "0000000a-0000-000b-0000-00000000000c/0000000a-0000-000b-0000-00000000000c");
}

TEST_F(TemplateTest, ADoubledBraceIsABrace) {
  EXPECT_EQ(rendered("{{topic}}"), "{topic}");
  EXPECT_EQ(rendered("{{{topic}}}"), "{Orders}");
  EXPECT_EQ(rendered("}}{{"), "}{");
}

TEST_F(TemplateTest, LowerCaseIsOfAsciiLettersOnly) {
  message.key = "\xC3\x84Z\xFF[@";
  EXPECT_EQ(rendered("{key|lower}"), "\xC3\x84z\xFF[@");
}

TEST_F(TemplateTest, RenderingAppends) {
  std::string out = "a/";
  ASSERT_TRUE(Template::parse("{key}", "key")->render(message, out).has_value());
  EXPECT_EQ(out, "a/Key-1");
}

TEST_F(TemplateTest, AnAbsentPartIsADataErrorThatNamesIt) {
  message = Message();
  for (const auto& [name, value] : testing::kEveryPart) {
    if (name == "partition" || name == "offset") continue;
    EXPECT_EQ(rendered("x{" + name + "}"), "no topic for this message: its field " + name + " is missing or empty");
  }
  testing::give_every_part(message);
  EXPECT_EQ(rendered("{header:empty}"), "no topic for this message: its field header:empty is missing or empty");
}

TEST_F(TemplateTest, AMalformedTemplateIsAnsweredWithWhatIsWrong) {
  EXPECT_EQ(rendered(""), "the topic template is empty");
  EXPECT_THAT(rendered("{agregate_type}"),
              HasSubstr("unknown field '{agregate_type}' (did you mean 'aggregate_type'?)"));
  EXPECT_THAT(rendered("{nope}"), HasSubstr("known: event_id, event_type"));
  EXPECT_THAT(rendered("{}"), HasSubstr("unknown field '{}'; known: event_id"));
  EXPECT_THAT(rendered("{header:}"), HasSubstr("(did you mean 'header:NAME'?)"));
  EXPECT_THAT(rendered("{ key}"), HasSubstr("unknown field"));
  EXPECT_THAT(rendered("{key|upper}"), HasSubstr("unknown filter 'upper' in '{key|upper}'; known: lower"));
  EXPECT_THAT(rendered("{key|}"), HasSubstr("unknown filter"));
  EXPECT_THAT(rendered("a{"), HasSubstr("a '{' is not closed in 'a{'"));
  EXPECT_THAT(rendered("a}"), HasSubstr("a '}' has no '{' in 'a}'"));
  EXPECT_THAT(rendered("{prefix}"), HasSubstr("unknown field '{prefix}'"));
}

TEST_F(TemplateTest, SaysWhyTheKeyIsNoAggregateId) {
  message = Message();
  message.key = std::string_view("\0\0\0\x2a", 4);
  EXPECT_EQ(
      rendered("{aggregate_id}"),
      "no topic for this message: its field aggregate_id is missing or empty; the record key is 4 bytes that are no "
      "text (0x0000002a): decode's 'key_format' says how to read it");
  EXPECT_EQ(rendered("{event_type}"), "no topic for this message: its field event_type is missing or empty");
  message.key = "\"42\"";
  EXPECT_THAT(rendered("{aggregate_id}"), HasSubstr("the record key is JSON: see decode's 'json_text' and 'unwrap'"));
}

TEST_F(TemplateTest, ATableOfTheDestination) {
  const Template::Table prefixes{"prefix", "aggregate_type", {{"Order", "Ord"}, {"Empty", ""}}};
  EXPECT_EQ(rendered("{prefix}-{aggregate_id}", prefixes), "Ord-A-7");
  EXPECT_EQ(rendered("{prefix|lower}", prefixes), "ord");
  message.event.aggregate_type = "Task";
  EXPECT_EQ(rendered("{prefix}", prefixes), "task");
  message.event.aggregate_type = "Empty";
  EXPECT_THAT(rendered("{prefix}", prefixes), HasSubstr("its field aggregate_type is missing or empty"));
  message.event.aggregate_type = "";
  EXPECT_THAT(rendered("{prefix}", prefixes), HasSubstr("its field aggregate_type is missing or empty"));
  EXPECT_EQ(rendered("{prefix}", {"prefix", "aggregate_type", {{"", "none"}}}), "none");
  EXPECT_THAT(rendered("{prefx}", prefixes), HasSubstr("(did you mean 'prefix'?)"));
  EXPECT_THAT(rendered("{x}", prefixes), HasSubstr("header:NAME, prefix"));
}

TEST_F(TemplateTest, KnowsWhatIsTheSameForEveryMessage) {
  EXPECT_EQ(Template::parse("a{{b", "topic")->constant(), "a{b");
  EXPECT_EQ(Template::parse("a{key}", "topic")->constant(), std::nullopt);
  EXPECT_EQ(Template::parse("{key}", "topic")->constant(), std::nullopt);
  EXPECT_EQ(Template::parse("a{key}", "topic")->beginning(), "a");
  EXPECT_EQ(Template::parse("{key}a", "topic")->beginning(), "");
}

TEST_F(TemplateTest, SaysWhatItIsMadeOf) {
  const Result<Template> name = Template::parse("{topic|lower}.{header:a}-{key}{{", "topic");
  EXPECT_EQ(name->parts(), (std::vector<std::string>{"topic", "header:a", "key"}));
  EXPECT_EQ(name->example("Orders"), "orders.x-x{");
  EXPECT_EQ(Template::parse("{topic}", "topic")->example("Orders"), "Orders");
  EXPECT_EQ(Template::parse("{prefix}-a", "stream", {"prefix", "aggregate_type", {}})->parts(),
            std::vector<std::string>{"aggregate_type"});
}

TEST_F(TemplateTest, AnOptionIsCheckedByParsing) {
  const auto check = checked_by([](std::string_view text) { return Template::parse(text, "key"); });
  EXPECT_EQ(check("{key}"), "");
  EXPECT_EQ(check(""), "the key template is empty");
}

}  // namespace
}  // namespace weir
