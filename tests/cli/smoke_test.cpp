// The binary itself: started as a user would, judged by what it prints and its exit code.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <string>
#include <sys/wait.h>

namespace weir::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Outcome {
  int code = -1;
  std::string text;  // standard output and standard error together
};

Outcome shell(const std::string& line) {
  const std::string command = "exec 2>&1 </dev/null; cd '" WEIR_SOURCE_DIR "/tests/cli/data' && " + line;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return {};
  Outcome outcome;
  std::array<char, 4096> block{};
  for (std::size_t n = 0; (n = std::fread(block.data(), 1, block.size(), pipe)) > 0;)
    outcome.text.append(block.data(), n);
  const int status = ::pclose(pipe);
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return outcome;
}

Outcome weir(const std::string& arguments) {
  return shell("'" WEIR_BINARY_DIR "/weir' " + arguments);
}

TEST(Binary, HelpTeaches) {
  const Outcome help = weir("--help");
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.text, HasSubstr("weir run pipelines.yaml"));
  EXPECT_THAT(weir("run --help").text, HasSubstr("--until-idle"));
}

TEST(Binary, OutputThatCannotBeWrittenIsAFailureUnlessItsReaderHasGone) {
  const Outcome full = weir("version --json >/dev/full");
  EXPECT_EQ(full.code, 1);
  EXPECT_THAT(full.text, HasSubstr("standard output could not be written"));
  const Outcome gone = shell("{ sleep 0.2; '" WEIR_BINARY_DIR "/weir' lint --schema; echo \"code $?\" >&2; } | true");
  EXPECT_THAT(gone.text, HasSubstr("code 0"));
  EXPECT_THAT(gone.text, Not(HasSubstr("standard output")));
}

TEST(Binary, MistakesAreUsageErrors) {
  EXPECT_EQ(weir("").code, 2);
  const Outcome verb = weir("lnit good.yaml");
  EXPECT_EQ(verb.code, 2);
  EXPECT_THAT(verb.text, HasSubstr("weir lint"));
}

TEST(Binary, VersionAsJson) {
  const Outcome version = weir("version --json");
  EXPECT_EQ(version.code, 0);
  EXPECT_THAT(version.text, HasSubstr("\"librdkafka\":\""));
}

TEST(Binary, LintAcceptsAGoodFile) {
  const Outcome lint = weir("lint good.yaml");
  EXPECT_EQ(lint.code, 0) << lint.text;
  EXPECT_THAT(lint.text, HasSubstr("no findings"));
}

TEST(Binary, LintNamesPlaceAndNearestName) {
  const Outcome lint = weir("lint unknown-key.yaml");
  EXPECT_EQ(lint.code, 3) << lint.text;
  EXPECT_THAT(lint.text, HasSubstr("unknown-key.yaml:16:11: error: "));
  EXPECT_THAT(lint.text, HasSubstr("window"));
  EXPECT_THAT(lint.text, HasSubstr("[unknown-key]"));
}

TEST(Binary, VariablesComeFromAFile) {
  const Outcome without = weir("lint variables.yaml");
  EXPECT_EQ(without.code, 3);
  EXPECT_THAT(without.text, HasSubstr("the environment variable 'TOPIC' is not set"));
  const Outcome with = weir("lint --strict --env-file variables.env variables.yaml");
  EXPECT_EQ(with.code, 0) << with.text;
  for (const char* verb : {"lint", "run"}) {
    const Outcome missing = weir(std::string(verb) + " --env-file no-such.env good.yaml");
    EXPECT_EQ(missing.code, 3) << missing.text;
    EXPECT_THAT(missing.text, HasSubstr("no-such.env: error: the file of --env-file does not exist"));
  }
}

TEST(Binary, LintSurvivesWhatIsNotYaml) {
  const Outcome lint = weir("lint broken.yaml");
  EXPECT_EQ(lint.code, 3) << lint.text;
  EXPECT_THAT(lint.text, HasSubstr("broken.yaml:4:"));
  EXPECT_EQ(weir("lint broken.yaml --json").code, 3);
}

TEST(Binary, AMissingFileIsNamed) {
  const Outcome lint = weir("lint no-such.yaml");
  EXPECT_EQ(lint.code, 4);
  EXPECT_THAT(lint.text, HasSubstr("no-such.yaml"));
  EXPECT_EQ(weir("run no-such.yaml").code, 4);
}

TEST(Binary, RunStartsNothingWhenLintFindsErrors) {
  const Outcome run = weir("run unknown-key.yaml --data-dir /dev/null/nowhere");
  EXPECT_EQ(run.code, 3) << run.text;
  EXPECT_THAT(run.text, HasSubstr("unknown-key.yaml:16:11: error: "));
}

TEST(Binary, RunNeedsADataDirectoryForEmbeddedServers) {
  const Outcome run = weir("run orders.yaml --data-dir /dev/null/nowhere");
  EXPECT_EQ(run.code, 5) << run.text;
  EXPECT_THAT(run.text, HasSubstr("--data-dir"));
}

TEST(Binary, SchemaIsPrinted) {
  const Outcome schema = weir("lint --schema");
  EXPECT_EQ(schema.code, 0);
  EXPECT_THAT(schema.text, HasSubstr("\"$schema\""));
}

}  // namespace
}  // namespace weir::cli
