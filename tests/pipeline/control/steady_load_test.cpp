// The files of a configuration as they were at one moment.
#include "pipeline/control/steady_load.hpp"

#include "tests/pipeline/control/reload_kit.hpp"
#include "tests/pipeline/control/temp_files.hpp"

namespace weir::testing {
namespace {

using ::testing::HasSubstr;

class SteadyLoadTest : public ReloadTestBase {
 protected:
  static std::string one(const std::string& name, const std::string& store) {
    return "pipelines:\n" + pipeline(name, "log: l", "", "events: { store: { store: " + store + " } }");
  }
  TempFiles files_;
};

TEST_F(SteadyLoadTest, AWriteBetweenTwoFilesIsReadAgain) {
  files_.write("a.yaml", one("a", "old"));
  files_.write("b.yaml", one("b", "\"${WHICH}\""));
  int reads = 0;
  // Asked for while b is read: after a was.
  const Environment environment = [this, &reads](const std::string&) -> std::optional<std::string> {
    if (++reads == 1) files_.replace("a.yaml", one("a", "new"));
    return "any";
  };
  const LoadedConfig loaded = load_steadily({files_.root()}, registry_, environment);
  ASSERT_TRUE(loaded.topology.has_value()) << loaded.findings.str();
  EXPECT_EQ(reads, 2);
  ASSERT_EQ(loaded.topology->pipelines.size(), 2u);
  EXPECT_THAT(loaded.topology->pipelines[0].sinks[0].second.fingerprint, HasSubstr("new"));
}

TEST_F(SteadyLoadTest, FilesThatNeverRestAreTakenAsTheyAre) {
  files_.write("a.yaml", one("a", "\"${WHICH}\""));
  int reads = 0;
  const Environment environment = [this, &reads](const std::string&) -> std::optional<std::string> {
    files_.replace("a.yaml", one("a", "\"${WHICH}\"") + std::string(static_cast<std::size_t>(++reads), '\n'));
    return "any";
  };
  EXPECT_TRUE(load_steadily({files_ / "a.yaml"}, registry_, environment).topology.has_value());
  EXPECT_LE(reads, 10);
}

TEST_F(SteadyLoadTest, WhatIsNotThereIsAnErrorThatNamesIt) {
  const LoadedConfig loaded = load_steadily({files_ / "gone.yaml"}, registry_, {});
  EXPECT_FALSE(loaded.topology.has_value());
  ASSERT_TRUE(loaded.error.has_value());
  EXPECT_THAT(loaded.error->message(), HasSubstr("gone.yaml"));
}

TEST_F(SteadyLoadTest, TheLookTellsWhatWasTouched) {
  files_.write("d/a.yaml", "a");
  const std::string before = look_of_files({files_ / "d"});
  EXPECT_EQ(look_of_files({files_ / "d"}), before);
  files_.replace("d/a.yaml", "a");
  EXPECT_NE(look_of_files({files_ / "d"}), before) << "another file, if of the same text";
  EXPECT_FALSE(is_any_gone(before));
  EXPECT_TRUE(is_any_gone(look_of_files({files_ / "d" / "b.yaml"})));
}

}  // namespace
}  // namespace weir::testing
