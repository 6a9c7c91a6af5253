#include "pipeline/config/env_file.hpp"

#include "pipeline/topology/environment.hpp"
#include "tests/pipeline/config/support.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <unistd.h>

namespace weir::config {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

Variables read(std::string_view text) {
  Diagnostics out;
  Variables variables = parse_env_file(text, "f.env", out);
  EXPECT_EQ(out.str(), "");
  return variables;
}

std::string findings(std::string_view text) {
  Diagnostics out;
  parse_env_file(text, "f.env", out);
  return out.str();
}

TEST(EnvFileTest, ANameAndAValuePerLine) {
  EXPECT_THAT(read("A=1\nB_2 = two words \n\n# C=3\nEMPTY=\n"),
              ElementsAre(Pair("A", "1"), Pair("B_2", "two words"), Pair("EMPTY", "")));
  EXPECT_THAT(read("A=1"), ElementsAre(Pair("A", "1"))) << "without a last line end";
  EXPECT_THAT(read("A=1\r\nB=2\r\n"), ElementsAre(Pair("A", "1"), Pair("B", "2"))) << "of Windows";
  EXPECT_THAT(read("\xef\xbb\xbf"
                   "A=1\n"),
              ElementsAre(Pair("A", "1")));
  EXPECT_THAT(read(""), IsEmpty());
}

TEST(EnvFileTest, ExportIsForShells) {
  EXPECT_THAT(read("export A=1\n  export\tB=2\nexport=3\n"),
              ElementsAre(Pair("A", "1"), Pair("B", "2"), Pair("export", "3")));
}

TEST(EnvFileTest, CommentsBeginAfterABlank) {
  EXPECT_THAT(read("A=1 # one\nB=a#b\nC=#c\nD='#d' # d\n"),
              ElementsAre(Pair("A", "1"), Pair("B", "a#b"), Pair("C", ""), Pair("D", "#d")));
}

TEST(EnvFileTest, Quotes) {
  EXPECT_THAT(read("A='as $it \"stands\" \\n ${X}'\nB=\"two\\nlines \\\"and\\\" \\$\\{ \\\\ C:\\dir\"\n"),
              ElementsAre(Pair("A", "as $it \"stands\" \\n ${X}"), Pair("B", "two\nlines \"and\" $\\{ \\ C:\\dir")));
  EXPECT_THAT(read("PEM=\"-----\nabc\n-----\"\nQ='x\ny'\n"),
              ElementsAre(Pair("PEM", "-----\nabc\n-----"), Pair("Q", "x\ny")));
  EXPECT_THAT(read("A=it's\n"), ElementsAre(Pair("A", "it's"))) << "a quote within a word is one";
}

TEST(EnvFileTest, ALaterLineWinsWithAWarning) {
  Diagnostics out;
  EXPECT_THAT(parse_env_file("A=1\nA=2\n", "f.env", out), ElementsAre(Pair("A", "2")));
  EXPECT_EQ(out.str(),
            "f.env:2:1: warning: 'A' is set twice; this line counts, not the one at f.env:1:1 (remove one of them) "
            "[duplicate-variable]\n");
}

TEST(EnvFileTest, EveryLineThatIsNotUnderstoodIsNamed) {
  EXPECT_EQ(
      findings("A\n=1\n1A=2\n"),
      "f.env:1:2: error: a '=' is expected after the name (write NAME=value; a value of several lines wants quotes, "
      "what the process has set needs no line here) [bad-env-file]\n"
      "f.env:2:1: error: a name is expected here (write NAME=value; names have A-Z, a-z, 0-9 and '_') "
      "[bad-env-file]\n"
      "f.env:3:1: error: a name is expected here (write NAME=value; names have A-Z, a-z, 0-9 and '_') "
      "[bad-env-file]\n");
  EXPECT_THAT(findings("A='x' y\n"), HasSubstr("f.env:1:7: error: nothing but a comment may follow"));
  EXPECT_THAT(findings("\nA=\"x\n"), HasSubstr("f.env:2:3: error: this quote is never closed"));
  EXPECT_THAT(findings("A=x\x01y\n"), HasSubstr("f.env:1:4: error: a control character stands here"));
  EXPECT_THAT(findings("A=\xFF\n"), HasSubstr("[bad-text]"));
}

TEST(EnvFileTest, WhatOtherToolsWouldExpandIsRefused) {
  for (const char* text : {"A=http://${HOST}/\n", "A=\"${HOST}\"\n"}) {
    EXPECT_THAT(findings(text), HasSubstr("a ${...} in here is not expanded")) << text;
  }
  EXPECT_THAT(read("A=\"\\${HOST}\"\n"), ElementsAre(Pair("A", "${HOST}")));
}

TEST(EnvFileTest, ValuesAreNeverShown) {
  EXPECT_THAT(findings("A='hunter2' x\nB=\"hunter2\nC=hunter2 ${X}\n"), Not(HasSubstr("hunter2")));
  EXPECT_THAT(findings("A=hunter2${X}\n"), Not(HasSubstr("hunter2")));
  const std::string of_a_key = findings("KEY=-----BEGIN PRIVATE KEY-----\nMIIEvQhunter2\nhunter2/abc==\n");
  EXPECT_THAT(of_a_key, AllOf(HasSubstr("a value of several lines wants quotes"), Not(HasSubstr("hunter2"))));
}

TEST(EnvFileTest, AMissingFileIsAFinding) {
  Diagnostics out;
  read_env_file("/none/such.env", out);
  EXPECT_EQ(out.str(),
            "/none/such.env: error: the file of --env-file does not exist (check its path and permissions) "
            "[unreadable-file]\n");
}

TEST(EnvironmentTest, TheProcessWinsThenTheLaterFile) {
  std::string pattern = (std::filesystem::temp_directory_path() / "weir-env-XXXXXX").string();
  const std::filesystem::path directory = mkdtemp(pattern.data());
  std::ofstream(directory / "a.env") << "SET=file\nONE=a\nBOTH=a\n";
  std::ofstream(directory / "b.env") << "BOTH=b\n";
  Diagnostics out;
  const Environment all =
      with_env_files(environment({{"SET", "process"}}), {directory / "a.env", directory / "b.env"}, out);
  EXPECT_EQ(out.str(), "");
  EXPECT_EQ(all("SET"), "process");
  EXPECT_EQ(all("ONE"), "a");
  EXPECT_EQ(all("BOTH"), "b");
  EXPECT_EQ(all("NONE"), std::nullopt);
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace weir::config
