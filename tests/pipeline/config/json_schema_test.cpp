#include "pipeline/topology/json_schema.hpp"

#include "pipeline/config/yaml.hpp"
#include "tests/pipeline/config/components.hpp"
#include "tests/pipeline/config/support.hpp"

namespace weir {
namespace {

using config::Node;

// JSON is YAML: the schema can be read back with our own parser.
Node schema() {
  return config::good_yaml(config::json_schema(test_registry()));
}

const Node& at(const Node& node, std::initializer_list<std::string_view> path) {
  const Node* here = &node;
  for (std::string_view key : path) {
    const Node* next = here->find(key);
    EXPECT_NE(next, nullptr) << key;
    if (next == nullptr) return *here;
    here = next;
  }
  return *here;
}

TEST(JsonSchemaTest, IsOneJsonDocument) {
  const std::string text = config::json_schema(test_registry());
  EXPECT_TRUE(text.starts_with("{\n"));
  EXPECT_TRUE(text.ends_with("}\n"));
  EXPECT_EQ(text.find(",\n}"), std::string::npos);
  EXPECT_EQ(text.find(",,"), std::string::npos);
  EXPECT_EQ(at(schema(), {"$schema"}).text(), "https://json-schema.org/draft/2020-12/schema");
}

TEST(JsonSchemaTest, KnowsEveryComponent) {
  const Node root = schema();
  EXPECT_EQ(at(root, {"$defs", "stage", "properties"}).members().size(), 4U);
  EXPECT_EQ(at(root, {"$defs", "sink", "properties"}).members().size(), 2U);
  EXPECT_EQ(at(root, {"$defs", "stage", "maxProperties"}).text(), "1");
  EXPECT_EQ(at(root, {"$defs", "stage", "properties", "decode", "anyOf"}).items()[0].find("$ref")->text(),
            "#/$defs/stage-decode");
  EXPECT_EQ(at(root, {"$defs", "stage-decode", "additionalProperties"}).text(), "false");
  const Node& format = at(root, {"$defs", "stage-decode", "properties", "format"});
  EXPECT_EQ(at(format, {"anyOf"}).items()[0].find("enum")->items()[1].text(), "raw");
}

TEST(JsonSchemaTest, WhatIsRequiredMayComeFromTheDefaults) {
  const Node root = schema();
  const Node& pipelines = at(root, {"else", "properties", "pipelines", "additionalProperties", "properties"});
  EXPECT_EQ(at(pipelines, {"source", "properties", "kafka", "required"}).items()[0].text(), "connection");
  EXPECT_EQ(at(root, {"if", "required"}).items()[0].text(), "defaults");
  EXPECT_EQ(at(root, {"properties", "defaults", "properties", "source", "properties", "kafka", "anyOf"})
                .items()[0]
                .find("$ref")
                ->text(),
            "#/$defs/source-kafka");
}

TEST(JsonSchemaTest, KnowsThePipeline) {
  const Node properties = at(schema(), {"$defs", "pipeline", "properties"});
  EXPECT_EQ(at(properties, {"stages", "items", "$ref"}).text(), "#/$defs/stage");
  EXPECT_EQ(at(properties, {"enabled", "anyOf"}).items()[1].find("$ref")->text(), "#/$defs/substitution")
      << "a boolean may come from the environment";
  EXPECT_EQ(at(properties, {"lanes", "anyOf"}).items()[0].find("maximum")->text(), "1024");
  EXPECT_NE(at(properties, {"memory", "description"}).text().find("Default: 64MiB."), std::string::npos);
}

}  // namespace
}  // namespace weir
