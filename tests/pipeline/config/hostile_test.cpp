// Files that mean harm, and files that are merely broken: each
// ends in an error or a document, soon and in bounded memory (I9).
#include "pipeline/config/substitute.hpp"
#include "tests/pipeline/config/support.hpp"
#include "tests/samples.hpp"

#include <random>

namespace weir::config {
namespace {

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

constexpr std::string_view kRealistic = R"(
x-defaults: &defaults { retry: { attempts: 5, initial: 300ms }, on_exhausted: pause }
connections:
  broker: { kafka: { brokers: "${KAFKA_BROKERS:embedded}" } }
pipelines:
  domain-events:
    enabled: "${KAFKA_ENABLED:true}"
    source: { kafka: { connection: broker, topics: [a, 'b', "c"] } }
    stages:
      - decode: { format: json }
      - persist: { <<: *defaults, note: "two\nlines" }
      - ack: {}
    sinks:
      events: { file: { path: | 
        x } }
)";

TEST(HostileYamlTest, DeepNesting) {
  EXPECT_NE(bad_yaml(repeated("[", 100)).find("64 deep"), std::string::npos);
  EXPECT_NE(bad_yaml(repeated("[", 150'000)).find("deep"), std::string::npos);
  EXPECT_NE(bad_yaml(repeated("{a: ", 100'000)).find("deep"), std::string::npos);
  bad_yaml(repeated("- ", 100'000));
  bad_yaml(repeated("? ", 100'000));
  std::string stairs;
  for (std::size_t i = 0; i < 500; ++i) stairs += std::string(i, ' ') + "a:\n";
  EXPECT_NE(bad_yaml(stairs).find("64 deep"), std::string::npos);
}

TEST(HostileYamlTest, DepthWithinTheLimitIsFine) {
  Node node = good_yaml(repeated("[", 60) + repeated("]", 60));
  std::size_t depth = 1;
  for (; !node.items().empty(); ++depth) node = Node(node.items().front());
  EXPECT_EQ(depth, 60U);
}

TEST(HostileYamlTest, AliasesThatMultiply) {
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 20; ++i) {
    const std::string alias = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + repeated(alias + ",", 10) + "]\n";
  }
  EXPECT_NE(bad_yaml(bomb).find("more than 200000 values"), std::string::npos);
}

TEST(HostileYamlTest, MergesThatMultiply) {
  std::string bomb = "m0: &m0 {a: 1, b: 2}\n";
  for (int i = 1; i < 40; ++i) {
    const std::string alias = "*m" + std::to_string(i - 1);
    bomb +=
        "m" + std::to_string(i) + ": &m" + std::to_string(i) + " {<<: [" + alias + ", " + alias + ", " + alias + "]}\n";
  }
  EXPECT_NE(bad_yaml(bomb).find("too-large"), std::string::npos);
}

TEST(HostileYamlTest, TenThousandKeys) {
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += "key" + std::to_string(i) + ": " + std::to_string(i) + "\n";
  EXPECT_EQ(good_yaml(text).members().size(), 10'000U);
  EXPECT_NE(bad_yaml(text + "key77: again\n").find("f.yaml:78:1"), std::string::npos);
}

TEST(HostileYamlTest, MoreValuesThanAllowed) {
  EXPECT_NE(bad_yaml(repeated("- 1\n", 250'000)).find("more than 200000 values"), std::string::npos);
  EXPECT_NE(bad_yaml("[" + repeated("1,", 300'000) + "]").find("more than 200000 brackets"), std::string::npos);
  EXPECT_NE(bad_yaml(repeated("[", 1'000'000)).find("more than 200000 brackets"), std::string::npos);
  EXPECT_NE(bad_yaml("[1, 2, 3]", {.nodes = 3}).find("more than 3 values"), std::string::npos);
}

TEST(HostileYamlTest, OneVeryLongScalar) {
  const std::string word(1'000'000, 'x');
  EXPECT_EQ(good_yaml("a: " + word).find("a")->text().size(), word.size());
  EXPECT_EQ(good_yaml("a: '" + word + "'").find("a")->text().size(), word.size());
}

TEST(HostileYamlTest, EveryTruncationEnds) {
  for (std::size_t length = 0; length <= kRealistic.size(); ++length) {
    Diagnostics out;
    const std::optional<Node> node = parse_yaml(kRealistic.substr(0, length), "f.yaml", out);
    EXPECT_TRUE(node.has_value() || out.has_errors()) << length;
  }
}

TEST(HostileYamlTest, RandomBytesEnd) {
  std::mt19937 random(20240817);
  for (int round = 0; round < samples(3000); ++round) {
    std::string text(random() % 200, '\0');
    for (char& c : text) c = static_cast<char>(random());
    Diagnostics out;
    const std::optional<Node> node = parse_yaml(text, "f.yaml", out);
    EXPECT_TRUE(node.has_value() || out.has_errors()) << round;
  }
}

TEST(HostileYamlTest, RandomYamlCharactersEnd) {
  static constexpr std::string_view kAlphabet = "ab: -?[]{},&*!|>'\"%@`#\n\n\t  <~$0";
  std::mt19937 random(4711);
  for (int round = 0; round < samples(20'000); ++round) {
    std::string text(random() % 60, '\0');
    for (char& c : text) c = kAlphabet[random() % kAlphabet.size()];
    Diagnostics out;
    const std::optional<Node> node = parse_yaml(text, "f.yaml", out);
    EXPECT_TRUE(node.has_value() || out.has_errors()) << round;
  }
}

TEST(HostileYamlTest, RandomChangesToARealFileEnd) {
  static constexpr std::string_view kAlphabet = ": -[]{},&*!|>'\"#\n\t$";
  const Lookup lookup = environment({{"KAFKA_BROKERS", "a:9092"}});
  std::mt19937 random(99);
  for (int round = 0; round < samples(5000); ++round) {
    std::string text(kRealistic);
    for (int change = 0; change < 3; ++change) text[random() % text.size()] = kAlphabet[random() % kAlphabet.size()];
    Diagnostics out;
    const std::optional<Node> node = parse_yaml(text, "f.yaml", out);
    EXPECT_TRUE(node.has_value() || out.has_errors()) << round;
    if (node) substitute(*node, lookup, out);
  }
}

}  // namespace
}  // namespace weir::config
