// What is offered to a shell. That the shells take it is shown by completion_test.py.
#include "cli/arguments/arguments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string offered(std::vector<std::string> words, const std::string& shell = "zsh") {
  words.insert(words.begin(), {"complete-words", shell, "--"});
  const std::variant<Command, Answer> outcome = parse_arguments(std::move(words));
  if (!std::holds_alternative<Answer>(outcome)) return "(a command)";
  EXPECT_EQ(std::get<Answer>(outcome).code, ExitCode::ok);
  return std::get<Answer>(outcome).text;
}

TEST(Completion, VerbsAreOfferedWithWhatTheyDo) {
  EXPECT_THAT(offered({""}), AllOf(StartsWith("words\n"), HasSubstr("\nrun\tRun pipelines\n"), HasSubstr("\nexplain\t"),
                                   Not(HasSubstr("feed"))));
  EXPECT_EQ(offered({"gra"}), "words\ngraph\tDraw what goes from where to where\n");
  EXPECT_THAT(offered({"topics", ""}), AllOf(HasSubstr("\nls\t"), HasSubstr("\ntail\t"), Not(HasSubstr("\nrun\t"))));
  EXPECT_THAT(offered({"help", "topics", "t"}), HasSubstr("tail\t"));
}

TEST(Completion, OptionsAreThoseOfTheVerb) {
  EXPECT_THAT(offered({"run", "--"}), AllOf(HasSubstr("\n--until-idle\t"), Not(HasSubstr("--schema"))));
  EXPECT_EQ(offered({"graph", "a.yaml", "--pip"}), "words\n--pipeline\tOnly the pipeline of that name\n");
}

TEST(Completion, ValuesComeFromWhatTheOptionTakes) {
  EXPECT_EQ(offered({"graph", "--format", ""}), "words\ndot\t\nmermaid\t\njson\t\n");
  EXPECT_EQ(offered({"graph", "--format", "m"}), "words\nmermaid\t\n");
  EXPECT_EQ(offered({"graph", "--format=m"}), "words\n--format=mermaid\t\n");
  EXPECT_EQ(offered({"graph", "--format", "=", "m"}, "bash"), "words\nmermaid\t\n") << "bash splits at the sign";
  EXPECT_EQ(offered({"graph", "--format", "="}, "bash"), "words\ndot\t\nmermaid\t\njson\t\n");
  EXPECT_EQ(offered({"list", "s"}), "words\nsources\t\nstages\t\nsinks\t\n");
  EXPECT_EQ(offered({"completion", "f"}), "words\nfish\t\n");
  EXPECT_EQ(offered({"topics", "tail", "--limit", ""}), "words\n") << "a number is nothing that can be offered";
}

TEST(Completion, FilesAndFoldersAreTheShells) {
  EXPECT_EQ(offered({"run", ""}), "files\n");
  EXPECT_EQ(offered({"run", "a.yaml", "b"}), "files\n");
  EXPECT_EQ(offered({"run", "--data-dir", ""}), "directories\n");
  EXPECT_EQ(offered({"run", "--summary", "x"}), "files\n");
  EXPECT_EQ(offered({"completion", "bash", ""}), "words\n") << "it takes one";
}

TEST(Completion, HostileLinesAreAnswered) {
  EXPECT_EQ(offered({"--", "--"}), offered({"--"}));
  EXPECT_EQ(offered({"nonsense", "-", "=", "--x=y=", ""}, "bash").substr(0, 6), "words\n");
  EXPECT_EQ(offered({"=", "=", "="}, "bash"), "words\n");
}

TEST(CommandReference, HasEveryVerbWithItsOptionsAndExamples) {
  const std::variant<Command, Answer> outcome = parse_arguments({"help", "--reference"});
  const std::string& page = std::get<Answer>(outcome).text;
  EXPECT_THAT(page, AllOf(HasSubstr("## weir topics produce\n"), HasSubstr("| `--until-idle DURATION` |"),
                          HasSubstr("    weir explain [OPTIONS] FILE..."),
                          HasSubstr("    weir list [OPTIONS] [KIND] [NAME]"), HasSubstr("Examples:\n  weir graph")));
  EXPECT_THAT(page, AllOf(Not(HasSubstr("weir feed")), Not(HasSubstr("`-h, --help`"))));
}

}  // namespace
}  // namespace weir::cli
