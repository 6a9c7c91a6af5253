#include "pipeline/config/substitute.hpp"

#include "tests/pipeline/config/support.hpp"

#include <fstream>
#include <unistd.h>

namespace weir::config {
namespace {

const Lookup kEnvironment = environment({{"A", "alpha"},
                                         {"EMPTY", ""},
                                         {"TRICKY", "x: [1, 2] # ${A} \"'\n- y"},
                                         {"INVALID", "\xFF"},
                                         {"SECRET", "hunter2"}});

// The value of `v: <scalar>` after substitution.
Node substituted(const std::string& scalar) {
  Diagnostics out;
  const Node node = substitute(good_yaml("v: " + scalar + "\n"), kEnvironment, out);
  EXPECT_EQ(out.str(), "");
  return *node.find("v");
}

std::string refused(const std::string& yaml) {
  Diagnostics out;
  substitute(good_yaml(yaml), kEnvironment, out);
  EXPECT_TRUE(out.has_errors()) << yaml;
  return out.str();
}

TEST(SubstituteTest, VariablesAndDefaults) {
  EXPECT_EQ(substituted("${A}").text(), "alpha");
  EXPECT_EQ(substituted("\"<${A}|${A}>\"").text(), "<alpha|alpha>");
  EXPECT_EQ(substituted("'${A:unused}'").text(), "alpha");
  EXPECT_EQ(substituted("${NONE:fallback}").text(), "fallback");
  EXPECT_EQ(substituted("'${NONE:}'").text(), "");
  EXPECT_EQ(substituted("'${EMPTY:unused}'").text(), "") << "set to nothing is set";
  EXPECT_EQ(substituted("'${NONE:http://h:1/}'").text(), "http://h:1/");
}

TEST(SubstituteTest, DefaultsNest) {
  EXPECT_EQ(substituted("'${NONE:${ALSO:${A}}}'").text(), "alpha");
  EXPECT_EQ(substituted("'${NONE:${ALSO:embedded}}'").text(), "embedded");
  EXPECT_EQ(substituted("'${NONE:<${A}>-${ALSO:z}}'").text(), "<alpha>-z");
  EXPECT_EQ(substituted("'${NONE:{aggregate_type}-{aggregate_id}}'").text(), "{aggregate_type}-{aggregate_id}");
}

TEST(SubstituteTest, ADefaultThatIsNotNeededIsNotLookedAt) {
  EXPECT_EQ(substituted("'${A:${NONE}}'").text(), "alpha");
}

TEST(SubstituteTest, TheEscapeIsLiteral) {
  const Node node = substituted("'$${A} $${ $x {y}'");
  EXPECT_EQ(node.text(), "${A} ${ $x {y}");
  EXPECT_FALSE(node.substituted()) << "nothing of it came from outside";
  EXPECT_TRUE(node.quoted());
  EXPECT_EQ(substituted("'$${A}${A}'").text(), "${A}alpha");
}

TEST(SubstituteTest, WhatIsPutInCountsAsUnquotedAndIsMarked) {
  const Node node = substituted("\"${NONE:true}\"");
  EXPECT_FALSE(node.quoted());
  EXPECT_TRUE(node.substituted());
  EXPECT_NE(node.written().find("${"), std::string::npos) << "what stood there is still known";
  EXPECT_EQ(at(node), "1:4");
  EXPECT_TRUE(substituted("'plain'").quoted());
}

TEST(SubstituteTest, AValueCannotChangeTheStructure) {
  const Node node = substituted("'${TRICKY}'");
  EXPECT_EQ(node.kind(), Node::Kind::scalar);
  EXPECT_EQ(node.text(), "x: [1, 2] # ${A} \"'\n- y") << "what was put in is not looked at again";
}

TEST(SubstituteTest, EverywhereInTheDocument) {
  Diagnostics out;
  const Node node = substitute(good_yaml("a: [1, { b: '${A}' }]\nc: &c ['${A}']\nd: *c\n"), kEnvironment, out);
  EXPECT_EQ(node.find("a")->items()[1].find("b")->text(), "alpha");
  EXPECT_EQ(node.find("d")->items()[0].text(), "alpha");
}

TEST(SubstituteTest, AnUnsetVariableIsNamedWithItsPlace) {
  EXPECT_EQ(refused("a:\n  - b: \"${NOT_SET}\"\n"),
            "f.yaml:2:8: error: a[0].b: the environment variable 'NOT_SET' is not set "
            "(set it, or give a default: ${NOT_SET:default}) [unset-variable]\n");
}

TEST(SubstituteTest, EveryProblemIsReported) {
  const std::string findings = refused("a: '${N1}'\nb: '${N2}'\n");
  EXPECT_NE(findings.find("N1"), std::string::npos);
  EXPECT_NE(findings.find("N2"), std::string::npos);
}

TEST(SubstituteTest, BadFormsAreRefused) {
  EXPECT_NE(refused("a: '${A'\n").find("without its '}'"), std::string::npos);
  EXPECT_NE(refused("a: '${NONE:${A}'\n").find("without its '}'"), std::string::npos);
  EXPECT_NE(refused("a: '${}'\n").find("wants the name"), std::string::npos);
  EXPECT_NE(refused("a: '${1A}'\n").find("wants the name"), std::string::npos);
  EXPECT_NE(refused("a: '${A-b}'\n").find("wants the name"), std::string::npos);
  EXPECT_NE(refused("a: '${ A }'\n").find("wants the name"), std::string::npos);
  EXPECT_NE(refused("'${A}': 1\n").find("a key cannot be substituted"), std::string::npos);
  EXPECT_NE(refused("a: '${INVALID}'\n").find("'INVALID' is not UTF-8"), std::string::npos);
  std::string deep = "x";
  for (int i = 0; i < 1000; ++i) deep = "${N:" + deep + "}";
  EXPECT_NE(refused("a: '" + deep + "'\n").find("nested more than 16"), std::string::npos);
}

class SubstituteFileTest : public testing::Test {
 protected:
  SubstituteFileTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weir-secret-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
  }
  ~SubstituteFileTest() override { std::filesystem::remove_all(directory_); }
  std::string file(const std::string& name, const std::string& content) {
    std::ofstream(directory_ / name, std::ios::binary) << content;
    return (directory_ / name).string();
  }
  std::filesystem::path directory_;
};

TEST_F(SubstituteFileTest, TheContentWithoutTheLastLineEnd) {
  EXPECT_EQ(substituted("'${file:" + file("a", "hunter2\n") + "}'").text(), "hunter2");
  EXPECT_EQ(substituted("'${file:" + file("b", "hunter2\r\n") + "}'").text(), "hunter2");
  EXPECT_EQ(substituted("'${file:" + file("c", "two\nlines\n\n") + "}'").text(), "two\nlines\n");
  EXPECT_EQ(substituted("'${file:" + file("d", "") + "}'").text(), "");
  file("alpha", "by name");
  EXPECT_EQ(substituted("'${file:" + directory_.string() + "/${A}}'").text(), "by name");
  EXPECT_TRUE(substituted("'${file:" + file("a", "x") + "}'").substituted());
}

TEST_F(SubstituteFileTest, ARelativePathLiesBesideTheFileThatNamesIt) {
  file("secret", "hunter2\n");
  std::filesystem::create_directory(directory_ / "more");
  Diagnostics out;
  const auto node =
      parse_yaml("a: '${file:../secret}'\nb: '${file:./none}'\n", (directory_ / "more/f.yaml").string(), out);
  const Node read = substitute(node.value(), kEnvironment, out);
  EXPECT_EQ(read.find("a")->text(), "hunter2");
  EXPECT_NE(out.str().find(":2:4: error: b: the file of ${file:./none} does not exist"), std::string::npos)
      << out.str();
}

TEST_F(SubstituteFileTest, SaysWhyNot) {
  const std::string missing = (directory_ / "missing").string();
  EXPECT_NE(refused("a: '${file:" + missing + "}'\n").find(missing + "} does not exist"), std::string::npos);
  EXPECT_NE(refused("a: '${file:" + directory_.string() + "}'\n").find("not a regular file"), std::string::npos);
  EXPECT_NE(refused("a: '${file:/dev/zero}'\n").find("not a regular file"), std::string::npos);
  EXPECT_NE(refused("a: '${file:}'\n").find("does not exist"), std::string::npos);
  EXPECT_NE(
      refused("a: '${file:" + file("big", std::string((1U << 20U) + 1, 'x')) + "}'\n").find("larger than 1024 KiB"),
      std::string::npos);
  EXPECT_NE(refused("a: '${file:" + file("bin", "\xFF\xFE") + "}'\n").find("not UTF-8"), std::string::npos);
  EXPECT_EQ(refused("a: '${file:/none/${SECRET}}'\n").find("hunter2"), std::string::npos);
}

TEST_F(SubstituteFileTest, TheSumIsBounded) {
  const std::string one = "'${file:" + file("m", std::string(1U << 20U, 'x')) + "}'";
  std::string yaml;
  for (int i = 0; i < 20; ++i) yaml += "- " + one + "\n";
  EXPECT_NE(refused(yaml).find("more than 16 MiB"), std::string::npos);
}

}  // namespace
}  // namespace weir::config
