// Configuration from several files and from directories.
#include "pipeline/topology/topology.hpp"
#include "tests/pipeline/config/components.hpp"
#include "tests/pipeline/config/support.hpp"

#include <fstream>
#include <unistd.h>

namespace weir {
namespace {

std::string pipeline(const std::string& name) {
  return "pipelines:\n  " + name +
         ":\n    source: { kafka: { connection: broker } }\n    stages: [ { persist: {} }, { ack: {} } ]\n"
         "    sinks: { events: { file: {} }, dlq: { file: {} } }\n";
}

class TopologyFilesTest : public testing::Test {
 protected:
  TopologyFilesTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weir-files-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
  }
  ~TopologyFilesTest() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path file(const std::string& name, const std::string& content) {
    std::ofstream(directory_ / name) << content;
    return directory_ / name;
  }
  Topology load(const std::vector<std::filesystem::path>& files) {
    return load_topology(files, registry_, config::environment({}), out_);
  }

  const Registry registry_ = test_registry();
  std::filesystem::path directory_;
  config::Diagnostics out_;
};

constexpr const char* kConnections = "connections: { broker: { kafka: {} } }\n";

TEST_F(TopologyFilesTest, SeveralFilesMakeOneConfiguration) {
  const Topology topology =
      load({file("c.yaml", kConnections), file("two.yaml", pipeline("two")), file("one.yaml", pipeline("one"))});
  EXPECT_EQ(out_.str(), "");
  ASSERT_EQ(topology.pipelines.size(), 2U);
  EXPECT_EQ(topology.pipelines[0].name, "two") << "in the order the files are given";
  EXPECT_EQ(topology.connections.size(), 1U);
}

TEST_F(TopologyFilesTest, ADirectoryStandsForItsYamlFilesByName) {
  file("b.yml", pipeline("b"));
  file("a.yaml", std::string(kConnections) + pipeline("a"));
  file("notes.txt", "not: [yaml");
  file(".b.yaml", "what an editor left: [");
  std::filesystem::create_directory(directory_ / "old.yaml");
  const Topology topology = load({directory_});
  EXPECT_EQ(out_.str(), "");
  ASSERT_EQ(topology.pipelines.size(), 2U);
  EXPECT_EQ(topology.pipelines[0].name, "a");
}

TEST_F(TopologyFilesTest, ANameDefinedTwiceHasBothPlaces) {
  const auto first = file("a.yaml", std::string(kConnections) + pipeline("p"));
  const auto second = file("b.yaml", std::string(kConnections) + pipeline("p"));
  load({first, second});
  EXPECT_EQ(out_.error_count(), 2U) << out_.str();
  EXPECT_NE(out_.str().find(second.string() + ":3:3: error: pipelines.p: defined twice; the first is at " +
                            first.string() + ":3:3"),
            std::string::npos)
      << out_.str();
  EXPECT_NE(out_.str().find("connections.broker: defined twice"), std::string::npos);
}

TEST_F(TopologyFilesTest, OneFileGivenTwiceIsNoticed) {
  const auto only = file("a.yaml", std::string(kConnections) + pipeline("p"));
  load({only, only});
  EXPECT_TRUE(out_.has_errors());
}

TEST_F(TopologyFilesTest, WhatIsNotThereIsNamed) {
  load({directory_ / "none.yaml"});
  EXPECT_EQ(out_.str(),
            (directory_ / "none.yaml").string() +
                ": error: there is no such file (check the path and the working directory) [unreadable-file]\n");
}

TEST_F(TopologyFilesTest, AnEmptyDirectoryIsAnError) {
  load({directory_});
  EXPECT_EQ(out_.str(), directory_.string() + ": error: the directory holds no *.yaml or *.yml file [no-files]\n");
}

TEST_F(TopologyFilesTest, NoFilesAtAllIsAnError) {
  load({});
  EXPECT_NE(out_.str().find("no configuration file is given"), std::string::npos);
}

TEST_F(TopologyFilesTest, AnEmptyFileDefinesNoPipelines) {
  const auto empty = file("e.yaml", "");
  load({empty});
  EXPECT_EQ(out_.str(),
            empty.string() + ": error: no pipelines are defined here (add one under 'pipelines:') [no-pipelines]\n");
}

TEST_F(TopologyFilesTest, OneBadFileDoesNotHideTheOthersFindings) {
  load({file("a.yaml", "a: [\n"), file("b.yaml", std::string(kConnections) + "pipelnes: {}\n")});
  EXPECT_NE(out_.str().find("a.yaml:"), std::string::npos);
  EXPECT_NE(out_.str().find("did you mean 'pipelines'?"), std::string::npos);
}

TEST(ProcessEnvironmentTest, ReadsTheProcessEnvironment) {
  setenv("WEIR_CONFIG_TEST_VARIABLE", "here", 1);
  EXPECT_EQ(process_environment()("WEIR_CONFIG_TEST_VARIABLE"), "here");
  unsetenv("WEIR_CONFIG_TEST_VARIABLE");
  EXPECT_EQ(process_environment()("WEIR_CONFIG_TEST_VARIABLE"), std::nullopt);
}

}  // namespace
}  // namespace weir
