// `weir list`: everything that can be configured is shown.
#include "cli/inspect/component_list.hpp"

#include "tests/cli/inspect_kit.hpp"

#include <gmock/gmock.h>
#include <simdjson.h>

namespace weir::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ListTest : public ::testing::Test {
 protected:
  ListTest() { register_all(registry_); }
  const ComponentType& component(std::string_view kind, std::string_view name) {
    for (const ComponentType* type : components_of(registry_, kind)) {
      if (type->name == name) return *type;
    }
    throw std::runtime_error("no such component");
  }
  Registry registry_;
};

TEST_F(ListTest, EveryComponentStandsUnderItsKind) {
  const std::string all = render_components(registry_, "", 100, false);
  EXPECT_THAT(
      all, AllOf(HasSubstr("connections\n  eventstoredb"), HasSubstr("sources\n  kafka"), HasSubstr("stages\n  decode"),
                 HasSubstr("\n  persist"), HasSubstr("\n  ack"), HasSubstr("sinks\n  drop")));
  EXPECT_THAT(render_components(registry_, "sinks", 100, false),
              AllOf(HasSubstr("  stdout"), Not(HasSubstr("decode"))));
}

TEST_F(ListTest, AnOptionHasItsTypeBoundsDefaultAndExample) {
  const std::string persist = render_component(component("stages", "persist"), 100, false);
  EXPECT_THAT(persist, AllOf(HasSubstr("  retry.attempts  integer, default 6, at least 1, at most 1000\n"),
                             HasSubstr("  on_exhausted  choice, default pause, one of pause | dlq\n")));
  EXPECT_THAT(render_component(component("sinks", "file"), 100, false),
              AllOf(HasSubstr("  path  string, required\n"), HasSubstr("example: path: dead-letters.jsonl")));
  EXPECT_THAT(render_component(component("connections", "eventstoredb"), 100, false),
              AllOf(HasSubstr("secret"), HasSubstr("eventstoredb: VALUE stands for eventstoredb: { url: VALUE }")));
  EXPECT_THAT(render_component(component("stages", "ack"), 100, false), HasSubstr("no options"));
}

TEST_F(ListTest, JsonHasAllOfIt) {
  simdjson::dom::parser parser;
  const std::string text = render_components_json(registry_, "");
  simdjson::dom::element all = parser.parse(text);
  for (const char* kind : {"connections", "sources", "stages", "sinks"}) {
    EXPECT_EQ(all[kind].get_array().value().size(), components_of(registry_, kind).size()) << kind;
  }
  EXPECT_THAT(render_component_json(component("stages", "persist")),
              AllOf(HasSubstr(R"("key":"attempts","type":"integer")"), HasSubstr(R"("min":"1","max":"1000")"),
                    HasSubstr(R"("choices":["pause","dlq"])")));
}

}  // namespace
}  // namespace weir::cli
