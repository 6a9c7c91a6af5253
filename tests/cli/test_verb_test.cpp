// `weir init` and `weir test` as a user meets them: the binary, in a directory of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace weir::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

struct Outcome {
  int code = -1;
  std::string text;  // standard output and standard error together
};

class TestVerbTest : public ::testing::Test {
 protected:
  TestVerbTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weir-verb-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
    root_ = pattern;
  }
  ~TestVerbTest() override { std::filesystem::remove_all(root_); }

  Outcome shell(const std::string& line) const {
    const std::string command = "exec 2>&1 </dev/null; cd '" + root_.string() + "' && " + line;
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
  Outcome weir(const std::string& arguments) const { return shell("'" WEIR_BINARY_DIR "/weir' " + arguments); }

  std::string file(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(root_ / name, std::ios::binary).rdbuf();
    return text.str();
  }
  void replace(const std::string& name, const std::string& from, const std::string& to) const {
    std::string text = file(name);
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    std::ofstream(root_ / name, std::ios::binary) << text.replace(at, from.size(), to);
  }

  std::filesystem::path root_;
};

TEST_F(TestVerbTest, InitWritesAPipelineWhoseTestsPass) {
  const Outcome init = weir("init p");
  EXPECT_EQ(init.code, 0) << init.text;
  EXPECT_THAT(init.text, AllOf(HasSubstr("wrote p/pipelines.yaml\n"), HasSubstr("try: cd p && weir test\n")));
  const Outcome test = shell("cd p && '" WEIR_BINARY_DIR "/weir' test");
  EXPECT_EQ(test.code, 0) << test.text;
  EXPECT_THAT(test.text, HasSubstr("5 passed in "));
  const Outcome lint = weir("lint --strict p/pipelines.yaml");
  EXPECT_EQ(lint.code, 0) << lint.text;
}

TEST_F(TestVerbTest, InitOverwritesNothing) {
  std::ofstream(root_ / "pipelines.test.yaml") << "mine";
  const Outcome init = weir("init");
  EXPECT_EQ(init.code, 5) << init.text;
  EXPECT_THAT(init.text, HasSubstr("pipelines.test.yaml' already, and it is not overwritten"));
  EXPECT_EQ(file("pipelines.test.yaml"), "mine");
  EXPECT_FALSE(std::filesystem::exists(root_ / "pipelines.yaml"));
  EXPECT_EQ(weir("init pipelines.test.yaml").code, 1);
}

TEST_F(TestVerbTest, AFailureHasItsPlaceAndItsExitCode) {
  weir("init");
  replace("pipelines.test.yaml", "amount: 100 } }\n          - OrderShipped",
          "amount: 101 } }\n          - OrderShipped");
  const Outcome test = weir("test");
  EXPECT_EQ(test.code, 1);
  EXPECT_THAT(
      test.text,
      AllOf(HasSubstr("FAIL orders: an order has a stream of its own\n  pipelines.test.yaml:22:9: stream Order-42"),
            HasSubstr("data.amount: expected 101, found 100   <- first difference"),
            HasSubstr("orders/0 @ 0  0s read > decode"), HasSubstr("4 passed, 1 failed in "), Not(HasSubstr("\x1b["))));
  EXPECT_THAT(weir("test --verbose").text,
              AllOf(HasSubstr("pass orders: an event that comes twice"), HasSubstr(" virtual, ")));
}

TEST_F(TestVerbTest, ResultsForPrograms) {
  weir("init");
  replace("pipelines.test.yaml", "retries: 1", "retries: 2");
  const Outcome json = weir(
      "test --json --junit r.xml | python3 -c 'import json,sys; d=json.load(sys.stdin); "
      "print(d[\"passed\"], d[\"failed\"], d[\"tests\"][4][\"differences\"][0][\"summary\"])'");
  EXPECT_THAT(json.text, HasSubstr("4 1 retries: expected 2, found 1"));
  const Outcome xml = shell(
      "python3 -c 'import xml.etree.ElementTree as e; r=e.parse(\"r.xml\").getroot(); "
      "print(r.tag, r.get(\"tests\"), r.get(\"failures\"), len(r.findall(\".//testcase/failure\")))'");
  EXPECT_EQ(xml.text, "testsuites 5 1 1\n");
  EXPECT_EQ(weir("test --junit no/such/r.xml --filter twice").code, 1);
}

TEST_F(TestVerbTest, AFilterThatFitsNothingIsNoSuccess) {
  weir("init");
  EXPECT_THAT(weir("test --filter 'comes twice'").text, HasSubstr("1 passed in"));
  const Outcome none = weir("test --filter xyz");
  EXPECT_EQ(none.code, 4);
  EXPECT_THAT(none.text, HasSubstr("none of the 5 tests has 'xyz' in its name"));
  std::filesystem::remove(root_ / "pipelines.test.yaml");
  const Outcome no_tests = weir("test");
  EXPECT_EQ(no_tests.code, 4);
  EXPECT_THAT(no_tests.text, HasSubstr("there are no tests here"));
  EXPECT_EQ(weir("test other.yaml").code, 4);
}

TEST_F(TestVerbTest, UpdateShowsThenWrites) {
  weir("init");
  const std::string before = file("pipelines.test.yaml");
  replace("pipelines.test.yaml", "      events: { count: 1 }\n      dropped: { duplicate: 1 }\n", "      events: []\n");
  const Outcome update = weir("test --update");
  EXPECT_EQ(update.code, 0) << update.text;
  EXPECT_THAT(update.text,
              AllOf(HasSubstr("sink events: no events expected, 1 event found"),
                    HasSubstr("updated pipelines.test.yaml:27:5: an event that comes twice is stored once")));
  const std::string after = file("pipelines.test.yaml");
  EXPECT_THAT(after,
              HasSubstr("    expect:\n      events:\n        - { stream: Order-42, type: OrderPlaced, data: { amount: "
                        "100, currency: EUR } }\n      committed: { orders/0: 2 }\n      dropped: { duplicate: 1 }\n"));
  EXPECT_EQ(after.substr(0, 600), before.substr(0, 600));
  EXPECT_EQ(weir("test").code, 0);
}

TEST_F(TestVerbTest, LintAndTestFindTheSameMistakes) {
  weir("init");
  replace("pipelines.test.yaml", "dropped:", "droped:");
  const Outcome lint = weir("lint pipelines.yaml");
  EXPECT_EQ(lint.code, 3);
  EXPECT_THAT(lint.text, AllOf(HasSubstr("pipelines.test.yaml:33:7: error: 'droped' is neither a sink"),
                               HasSubstr("did you mean 'dropped'?")));
  EXPECT_EQ(weir("lint pipelines.test.yaml").code, 3);
  const Outcome test = weir("test");
  EXPECT_EQ(test.code, 3);
  EXPECT_THAT(test.text, AllOf(HasSubstr("did you mean 'dropped'?"), HasSubstr("4 passed")));
}

TEST_F(TestVerbTest, WatchRunsAgainAtAChange) {
  weir("init");
  const Outcome watch =
      shell("{ timeout -s INT 20 '" WEIR_BINARY_DIR
            "/weir' test --watch & p=$!; sleep 2; "
            "sed -i 's/retries: 1/retries: 2/' pipelines.test.yaml; sleep 3; kill -INT $p; wait $p; } ");
  EXPECT_THAT(watch.text,
              AllOf(HasSubstr("5 passed in"), HasSubstr("waiting for a change"), HasSubstr("4 passed, 1 failed in")));
}

}  // namespace
}  // namespace weir::cli
