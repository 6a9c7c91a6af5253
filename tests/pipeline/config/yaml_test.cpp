#include "pipeline/config/yaml.hpp"

#include "tests/pipeline/config/support.hpp"

#include <fstream>
#include <unistd.h>

namespace weir::config {
namespace {

TEST(YamlTest, MarksEveryKeyAndValue) {
  const Node root = good_yaml("a: 1\nb:\n  - x\n  - \"5\"\nc: {d: , e: [7]}\n");
  EXPECT_EQ(at(root), "1:1");
  EXPECT_EQ(root.members()[0].mark.str(), "f.yaml:1:1");
  EXPECT_EQ(at(*root.find("a")), "1:4");
  EXPECT_EQ(root.members()[1].mark.str(), "f.yaml:2:1");
  const Node& b = *root.find("b");
  EXPECT_EQ(at(b), "3:3");
  EXPECT_EQ(at(b.items()[0]), "3:5");
  EXPECT_FALSE(b.items()[0].quoted());
  EXPECT_EQ(at(b.items()[1]), "4:5");
  EXPECT_TRUE(b.items()[1].quoted());
  const Node& c = *root.find("c");
  EXPECT_EQ(at(c), "5:4");
  EXPECT_EQ(c.members()[1].mark.str(), "f.yaml:5:10");
  EXPECT_EQ(at(c.find("e")->items()[0]), "5:14");
}

TEST(YamlTest, ColumnsCountCharacters) {
  const Node root = good_yaml("{\xC3\xA9: \xC3\xBC, b: 1}\n");
  EXPECT_EQ(at(*root.find("\xC3\xA9")), "1:5");
  EXPECT_EQ(at(*root.find("b")), "1:11");
}

TEST(YamlTest, AnEmptyValueHasThePlaceOfItsKey) {
  const Node root = good_yaml("a: 1\nlonger:\nc: ~\n");
  EXPECT_EQ(root.find("longer")->kind(), Node::Kind::null);
  EXPECT_EQ(at(*root.find("longer")), "2:1");
  EXPECT_EQ(root.find("c")->kind(), Node::Kind::null);
}

TEST(YamlTest, ScalarsKeepTheirText) {
  const Node root = good_yaml("- null\n- 'null'\n- ''\n- |\n  two\n  lines\n- !!str 5\n- \"\\u00e9\\n\"\n");
  EXPECT_EQ(root.items()[0].kind(), Node::Kind::null);
  EXPECT_EQ(root.items()[1].text(), "null");
  EXPECT_EQ(root.items()[2].kind(), Node::Kind::scalar);
  EXPECT_EQ(root.items()[3].text(), "two\nlines\n");
  EXPECT_TRUE(root.items()[4].quoted());
  EXPECT_EQ(root.items()[4].text(), "5");
  EXPECT_EQ(root.items()[5].text(), "\xC3\xA9\n");
}

TEST(YamlTest, AnAliasHasItsOwnPlaceAndItsContentTheOriginalOne) {
  const Node root = good_yaml("a: &x\n  k: 1\nb: *x\n");
  const Node& b = *root.find("b");
  EXPECT_EQ(at(b), "3:4");
  EXPECT_EQ(b.find("k")->text(), "1");
  EXPECT_EQ(at(*b.find("k")), "2:6");
}

TEST(YamlTest, AliasesOfScalarsAndAsKeys) {
  const Node root = good_yaml("a: &x word\n*x : 1\nc: *x\n");
  EXPECT_EQ(root.find("word")->text(), "1");
  EXPECT_EQ(root.find("c")->text(), "word");
}

TEST(YamlTest, MergeKeys) {
  const Node root = good_yaml(
      "base: &b {x: 1, y: 2}\n"
      "more: &m {y: 3, z: 4}\n"
      "one: {<<: *b, y: 9}\n"
      "two: {y: 9, <<: *b}\n"
      "list: {<<: [*m, *b], w: 0}\n"
      "inline: {<<: {q: 1}}\n");
  EXPECT_EQ(root.find("one")->find("x")->text(), "1");
  EXPECT_EQ(root.find("one")->find("y")->text(), "9");
  EXPECT_EQ(root.find("two")->find("y")->text(), "9");
  EXPECT_EQ(root.find("two")->members().size(), 2U);
  EXPECT_EQ(root.find("list")->find("y")->text(), "3") << "the earlier mapping wins";
  EXPECT_EQ(root.find("list")->members().size(), 4U);
  EXPECT_EQ(root.find("list")->members().back().key, "w") << "merged members stand where their '<<' does";
  EXPECT_EQ(root.find("inline")->find("q")->text(), "1");
  EXPECT_EQ(root.find("one")->find("<<"), nullptr);
}

TEST(YamlTest, AQuotedMergeKeyIsAKey) {
  EXPECT_NE(good_yaml("'<<': 1\n").find("<<"), nullptr);
}

TEST(YamlTest, EmptyTextsAreNull) {
  for (const char* text : {"", "\n\n", "# a comment\n", "---\n", "~\n", "\xEF\xBB\xBF"}) {
    EXPECT_EQ(good_yaml(text).kind(), Node::Kind::null) << text;
  }
}

TEST(YamlTest, AByteOrderMarkIsSkipped) {
  EXPECT_EQ(good_yaml("\xEF\xBB\xBF"
                      "a: 1\n")
                .find("a")
                ->text(),
            "1");
}

struct BadCase {
  const char* name;
  const char* yaml;
  const char* place;     // how the finding begins
  const char* fragment;  // and what stands in it
};

class BadYamlTest : public testing::TestWithParam<BadCase> {};

TEST_P(BadYamlTest, IsRefusedWithItsPlace) {
  const std::string findings = bad_yaml(GetParam().yaml);
  EXPECT_TRUE(findings.starts_with(std::string("f.yaml:") + GetParam().place + ": error: ")) << findings;
  EXPECT_NE(findings.find(GetParam().fragment), std::string::npos) << findings;
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadYamlTest,
    testing::Values(BadCase{"DuplicateKey", "a: 1\nb: 2\na: 3\n", "3:1",
                            "'a' is given twice; the first is at f.yaml:1:1"},
                    BadCase{"DuplicateNestedKey", "a:\n  - {k: 1, k: 2}\n", "2:12", "[duplicate-key]"},
                    BadCase{"DuplicateMerge", "a: &a {x: 1}\nb:\n  <<: *a\n  <<: *a\n", "4:3", "[*a, *b]"},
                    BadCase{"MergeOfScalar", "a: {<<: 5}\n", "1:9", "takes a mapping"},
                    BadCase{"MergeOfListOfScalars", "a: {<<: [5]}\n", "1:9", "takes a mapping"},
                    BadCase{"UnknownAlias", "a: &anchor 1\nb: *anchr\n", "2:4", "did you mean 'anchor'?"},
                    BadCase{"AliasWithinItself", "a: &x [1, *x]\n", "1:11", "inside the value it refers to"},
                    BadCase{"SeveralDocuments", "a: 1\n---\nb: 2\n", "2:1", "several documents"},
                    BadCase{"UnknownTag", "a: !secret x\n", "1:4", "the tag '!secret'"},
                    BadCase{"BinaryTag", "a: !!binary aGk=\n", "1:4", "[bad-tag]"},
                    BadCase{"ListAsKey", "? [a]\n: b\n", "1:3", "cannot be a key"},
                    BadCase{"AliasOfListAsKey", "a: &x [1]\n*x : 2\n", "2:1", "a key must be a text"},
                    BadCase{"MissingKey", "a: 1\n: 2\n", "2:3", "a key is missing"},
                    BadCase{"OpenBracket", "a: [1, 2\nb: 3\n", "3:1", "without a closing bracket"},
                    BadCase{"OpenQuote", "a: \"x\n", "1:5", "without closing quote"},
                    BadCase{"ExtraBrace", "a: {b: 1}}\n", "1:10", "[syntax]"},
                    BadCase{"ReservedCharacter", "a: @x\n", "1:4", "put the text in quotes"},
                    BadCase{"ColonInText", "a: b: c\n", "1:5", "wants quotes"},
                    BadCase{"Tab", "a:\n\tb: 2\n", "2:1", "indented with a tab"},
                    BadCase{"NotUtf8", "a: 1\nb: x\xFFy\n", "2:5", "not UTF-8"},
                    BadCase{"Overlong", "a: \xC0\xAF\n", "1:4", "not UTF-8"},
                    BadCase{"Surrogate", "a: \xED\xA0\x80\n", "1:4", "not UTF-8"},
                    BadCase{"Utf16",
                            "\xFF\xFE"
                            "a",
                            "1:1", "save the file as UTF-8"},
                    BadCase{"ControlCharacter", "a: 1\n\nb: \x1b[0m\n", "3:4", "control character"}),
    [](const auto& param) { return std::string(param.param.name); });

TEST(YamlTest, ASyntaxErrorShowsItsLine) {
  Diagnostics out;
  parse_yaml("a: 1\n  b: 2: 3\n", "f.yaml", out);
  ASSERT_EQ(out.all().size(), 1U);
  EXPECT_NE(out.all()[0].excerpt.find("^\n"), std::string::npos) << out.str();
  for (const char* secret : {"password: [hunter2\nc: 2\n", "u: [esdb://a:hunter2@h\nc: 2\n"}) {
    Diagnostics silent;
    parse_yaml(secret, "f.yaml", silent);
    ASSERT_EQ(silent.all().size(), 1U);
    EXPECT_EQ(silent.all()[0].excerpt.find("hunter2"), std::string::npos) << silent.all()[0].excerpt;
  }
}

TEST(YamlTest, VariablesWithinBracketsWantQuotes) {
  for (const char* text :
       {"t: [orders-${NUMBER:1}]\n", "k: { brokers: ${B:x:9092} }\n", "k: {\n  brokers: ${B:x:9092}\n}\n"}) {
    Diagnostics out;
    EXPECT_FALSE(parse_yaml(text, "f.yaml", out).has_value()) << text;
    EXPECT_NE(out.str().find("put the text with ${...} in double quotes"), std::string::npos) << out.str();
  }
}

TEST(YamlTest, IndentationIsSpeltAndExplained) {
  Diagnostics out;
  parse_yaml("a:\n  - b: 1\n - c: 2\n", "f.yaml", out);
  EXPECT_NE(out.str().find("indentation"), std::string::npos) << out.str();
  EXPECT_NE(out.str().find("indent it as the entry above"), std::string::npos) << out.str();
}

TEST(YamlTest, NothingIsPrintedByTheParser) {
  testing::internal::CaptureStderr();
  bad_yaml("a: [1, 2\nb: }\n");
  bad_yaml("\"");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

class YamlFileTest : public testing::Test {
 protected:
  YamlFileTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weir-yaml-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
  }
  ~YamlFileTest() override { std::filesystem::remove_all(directory_); }
  std::string findings(const std::filesystem::path& file) {
    Diagnostics out;
    EXPECT_FALSE(read_yaml(file, out).has_value());
    return out.str();
  }
  std::filesystem::path directory_;
};

TEST_F(YamlFileTest, ReadsAFile) {
  std::ofstream(directory_ / "a.yaml") << "a: 1\n";
  Diagnostics out;
  const std::optional<Node> node = read_yaml(directory_ / "a.yaml", out);
  ASSERT_TRUE(node.has_value()) << out.str();
  EXPECT_EQ(node->find("a")->mark().str(), (directory_ / "a.yaml").string() + ":1:4");
}

TEST_F(YamlFileTest, SaysWhyAFileCannotBeRead) {
  EXPECT_NE(findings(directory_ / "none.yaml").find("there is no such file"), std::string::npos);
  EXPECT_NE(findings(directory_).find("not a regular file"), std::string::npos);
  EXPECT_NE(findings("/dev/zero").find("not a regular file"), std::string::npos);
  std::ofstream(directory_ / "big.yaml") << std::string((1U << 20U) + 1, ' ');
  EXPECT_NE(findings(directory_ / "big.yaml").find("larger than 1024 KiB"), std::string::npos);
  if (geteuid() != 0) {  // root may read everything
    std::ofstream(directory_ / "locked.yaml") << "a: 1\n";
    std::filesystem::permissions(directory_ / "locked.yaml", std::filesystem::perms::none);
    EXPECT_NE(findings(directory_ / "locked.yaml").find("check its permissions"), std::string::npos);
  }
}

}  // namespace
}  // namespace weir::config
