#include "pipeline/config/spec.hpp"

#include "pipeline/config/substitute.hpp"
#include "tests/pipeline/config/support.hpp"

#include <cstdint>

namespace weir {

enum class Colour { red, green };

template <>
struct config::EnumNames<Colour> {
  static constexpr std::array<std::pair<std::string_view, Colour>, 2> names{
      {{"red", Colour::red}, {"green", Colour::green}}};
};

namespace {

using namespace std::chrono_literals;
using config::bad_yaml;
using config::Diagnostics;
using config::good_yaml;
using config::Node;

struct Inner {
  std::uint32_t attempts = 5;
  Duration initial = 300ms;

  static Spec<Inner> spec() {
    Spec<Inner> spec("How often.");
    spec.option("attempts", &Inner::attempts, "Tries in all.").min(1U);
    spec.option("initial", &Inner::initial, "First wait.").min(1ns);
    return spec;
  }
};

struct Foreign {
  int number = 3;
  std::string password;
};

struct Base {
  std::string inherited = "base";
};

struct Everything : Base {
  bool flag = false;
  int integer = -1;
  std::uint8_t small = 7;
  std::uint64_t large = 0;
  double number = 2.0;
  std::string text = "event_id";
  std::filesystem::path file = "a/b";
  Duration window = 24h;
  Bytes size = 64_MiB;
  Colour colour = Colour::red;
  std::optional<Duration> maybe;
  std::optional<std::string> choice;
  std::vector<std::string> list;
  std::vector<Colour> colours;
  std::vector<std::pair<std::string, int>> map;
  std::vector<std::pair<std::string, Inner>> objects;
  Inner inner;
  Foreign foreign;
  Node raw;
  std::string password;
  int pin = 0;
  std::string level = "low";
};

Spec<Everything> everything() {
  Spec<Foreign> foreign("Not ours.");
  foreign.option("number", &Foreign::number, "A number.");
  foreign.option("password", &Foreign::password, "A secret.").secret();
  Spec<Everything> spec("All kinds of options.");
  spec.option("inherited", &Everything::inherited, "Of the base.");
  spec.option("flag", &Everything::flag, "A switch.");
  spec.option("integer", &Everything::integer, "A number.").min(-10).max(10);
  spec.option("small", &Everything::small, "A byte.");
  spec.option("large", &Everything::large, "A large one.");
  spec.option("number", &Everything::number, "A fraction.").min(1.0);
  spec.option("text", &Everything::text, "A word.").check([](const std::string& text) {
    return text == "forbidden" || text == "hunter2" ? "'" + text + "' is not allowed" : std::string();
  });
  spec.option("file", &Everything::file, "A path.");
  spec.option("window", &Everything::window, "How long an id is remembered.").min(1s).max(30 * 24h);
  spec.option("size", &Everything::size, "A size.").max(1024_MiB);
  spec.option("colour", &Everything::colour, "A colour.");
  spec.option("maybe", &Everything::maybe, "May be left out.").min(1s);
  spec.option("choice", &Everything::choice, "One of some.").one_of({"a", "b"});
  spec.option("list", &Everything::list, "Words.").one_of({"one", "two"});
  spec.option("colours", &Everything::colours, "Colours.");
  spec.option("map", &Everything::map, "Numbers by name.");
  spec.option("objects", &Everything::objects, "Retries by name.");
  spec.option("inner", &Everything::inner, "Retries.");
  spec.option("foreign", &Everything::foreign, "Foreign.", foreign);
  spec.option("raw", &Everything::raw, "Anything.");
  spec.option("password", &Everything::password, "A secret.").secret().check([](const std::string& text) {
    return text.size() > 3 ? text + " is too long" : std::string();
  });
  spec.option("pin", &Everything::pin, "A secret number.").secret().max(9999);
  spec.option("level", &Everything::level, "A level.").one_of({"low", "high"}).example("high");
  return spec;
}

Everything parse(const std::string& yaml, Diagnostics& out) {
  const auto lookup = config::environment({{"TEN", "10"}, {"YES", "true"}, {"PASSWORD", "hunter2"}, {"NOTHING", ""}});
  return everything().parse(config::substitute(good_yaml(yaml), lookup, out), "p.stages[1].x", out);
}

Everything parsed(const std::string& yaml) {
  Diagnostics out;
  Everything value = parse(yaml, out);
  for (const config::Diagnostic& finding : out.all())
    EXPECT_EQ(finding.code.name(), "secret-in-clear") << finding.str() << '\n' << yaml;
  return value;
}

std::string refused(const std::string& yaml) {
  Diagnostics out;
  parse(yaml, out);
  EXPECT_TRUE(out.has_errors()) << yaml;
  return out.str();
}

TEST(SpecTest, NothingMeansAllDefaults) {
  for (const char* yaml : {"", "{}", "~"}) {
    const Everything value = parsed(yaml);
    EXPECT_EQ(value.window, 24h);
    EXPECT_EQ(value.text, "event_id");
    EXPECT_FALSE(value.maybe.has_value());
    EXPECT_EQ(value.raw.kind(), Node::Kind::null);
  }
}

TEST(SpecTest, ReadsEveryType) {
  const Everything value = parsed(
      "inherited: below\nflag: true\ninteger: -3\nsmall: 0xff\nlarge: 18446744073709551615\nnumber: 2.5e1\ntext: "
      "123\nfile: /x\n"
      "window: 1h30m\nsize: '512KiB'\ncolour: green\nmaybe: 5s\nchoice: b\nlist: [one, two]\ncolours: [green]\n"
      "map: {z: 1, a: 0o17}\nobjects: {o: {attempts: 9}}\ninner: {initial: 1s}\nforeign: {number: 8}\nraw: {any: "
      "[thing]}\npassword: abc\nlevel: high\n");
  EXPECT_EQ(value.inherited, "below");
  EXPECT_TRUE(value.flag);
  EXPECT_EQ(value.integer, -3);
  EXPECT_EQ(value.small, 255);
  EXPECT_EQ(value.large, ~0ULL);
  EXPECT_EQ(value.number, 25.0);
  EXPECT_EQ(value.text, "123");
  EXPECT_EQ(value.file, "/x");
  EXPECT_EQ(value.window, 90min);
  EXPECT_EQ(value.size, 512_KiB);
  EXPECT_EQ(value.colour, Colour::green);
  EXPECT_EQ(value.maybe, Duration(5s));
  EXPECT_EQ(value.choice, "b");
  EXPECT_EQ(value.list, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(value.colours, std::vector<Colour>{Colour::green});
  EXPECT_EQ(value.map, (std::vector<std::pair<std::string, int>>{{"z", 1}, {"a", 15}}));
  EXPECT_EQ(value.objects.at(0).second.attempts, 9U);
  EXPECT_EQ(value.inner.initial, 1s);
  EXPECT_EQ(value.inner.attempts, 5U);
  EXPECT_EQ(value.foreign.number, 8);
  EXPECT_EQ(value.raw.find("any")->items()[0].text(), "thing");
  EXPECT_EQ(value.level, "high");
}

struct BadCase {
  const char* name;
  const char* yaml;
  const char* finding;  // a part of what is said
};
class SpecRefusesTest : public testing::TestWithParam<BadCase> {};

TEST_P(SpecRefusesTest, WithASentence) {
  const std::string findings = refused(GetParam().yaml);
  EXPECT_NE(findings.find(GetParam().finding), std::string::npos) << findings;
}

INSTANTIATE_TEST_SUITE_P(
    Table, SpecRefusesTest,
    testing::Values(
        BadCase{"UnknownKey", "a: b\nwindwo: 5s",
                "f.yaml:2:1: error: p.stages[1].x: unknown key 'windwo'; known are inherited, flag, integer,"},
        BadCase{"UnknownKeyNearest", "windwo: 5s", "(did you mean 'window'?) [unknown-key]"},
        BadCase{"UnknownNestedKey", "inner: {atempts: 5}",
                "f.yaml:1:9: error: p.stages[1].x.inner: unknown key 'atempts'"},
        BadCase{"NotAMapping", "[1]", "f.yaml:1:1: error: p.stages[1].x: expected a mapping of options"},
        BadCase{"ScalarForMapping", "'5'", "found the text '5'"},
        BadCase{"BooleanYes", "flag: yes",
                "f.yaml:1:7: error: p.stages[1].x.flag: expected true or false, found 'yes' (write true)"},
        BadCase{"BooleanOff", "flag: Off", "(write false)"},
        BadCase{"BooleanQuoted", "flag: \"true\"", "leave the quotes away"},
        BadCase{"BooleanNull", "flag:", "found nothing"},
        BadCase{"IntegerText", "integer: five", "expected an integer, such as 5, found 'five'"},
        BadCase{"IntegerQuoted", "integer: '5'", "found the text '5'"},
        BadCase{"IntegerFraction", "integer: 5.0", "expected an integer"},
        BadCase{"IntegerList", "integer: [5]", "found a list"},
        BadCase{"IntegerTooLarge", "integer: 99999999999",
                "expected an integer from -2147483648 to 2147483647, found '99999999999'"},
        BadCase{"IntegerFarTooLarge", "integer: 99999999999999999999999", "[out-of-range]"},
        BadCase{"IntegerBound", "integer: 11", "expected a value from -10 to 10, found '11'"},
        BadCase{"IntegerSignOnly", "integer: '-'", "expected an integer"},
        BadCase{"ByteTooLarge", "small: 256", "from 0 to 255"},
        BadCase{"UnsignedNegative", "large: -1", "from 0 to 18446744073709551615"},
        BadCase{"NumberText", "number: much", "expected a number"},
        BadCase{"NumberInfinite", "number: .inf", "expected a number"},
        BadCase{"NumberHuge", "number: 1e999", "expected a number"},
        BadCase{"NumberNan", "number: nan", "expected a number"},
        BadCase{"NumberBound", "number: 0.5", "expected at least 1, found '0.5'"},
        BadCase{"TextNull", "text:", "expected a text, found nothing (write \"\" for an empty one)"},
        BadCase{"TextList", "text: [a]", "expected a text, found a list"},
        BadCase{"TextCheck", "text: forbidden", "'forbidden' is not allowed [invalid-value]"},
        BadCase{"DurationNumber", "window: 5", "'5' has no unit: write for instance 5s or 5ms"},
        BadCase{"DurationUnit", "window: 5 minutes", "expected a duration with its unit, such as 5s"},
        BadCase{"DurationBound", "window: 300ms", "expected a value from 1s to 720h, found '300ms'"},
        BadCase{"SizeNumber", "size: 64", "'64' has no unit: write for instance 64MiB"},
        BadCase{"SizeBound", "size: 2GiB", "expected at most 1GiB"},
        BadCase{"EnumUnknown", "colour: gren", "expected one of red, green, found 'gren' (did you mean 'green'?)"},
        BadCase{"EnumList", "colour: [red]", "expected one of red, green, found a list"},
        BadCase{"OptionalBound", "maybe: 10ms", "expected at least 1s"},
        BadCase{"OptionalChoice", "choice: c", "expected one of a, b, found 'c'"},
        BadCase{"ListScalar", "list: one", "expected a list, such as [a, b], found 'one' (put it in brackets: [...])"},
        BadCase{"ListItem", "list: [one, [two]]",
                "f.yaml:1:13: error: p.stages[1].x.list[1]: expected a text, found a list"},
        BadCase{"ListChoice", "list: [one, three]",
                "f.yaml:1:13: error: p.stages[1].x.list: expected one of one, two, found 'three'"},
        BadCase{"ListEnum", "colours: [red, blue]", "p.stages[1].x.colours[1]: expected one of red, green"},
        BadCase{"MapList", "map: [a]", "expected a mapping, such as { key: value }, found a list"},
        BadCase{"MapValue", "map: {a: b}", "p.stages[1].x.map.a: expected an integer"},
        BadCase{"ObjectInMap", "objects: {o: {attempts: 0}}", "p.stages[1].x.objects.o.attempts: expected at least 1"},
        BadCase{"ForeignObject", "foreign: {number: x}", "p.stages[1].x.foreign.number: expected an integer"},
        BadCase{"OneOf", "level: medium", "expected one of low, high, found 'medium'"}),
    [](const auto& param) { return std::string(param.param.name); });

TEST(SpecTest, ReportsEveryProblemAndKeepsDefaults) {
  Diagnostics out;
  const Everything value = parse("integer: x\nwindow: 5\nnope: 1\nsmall: 9\n", out);
  EXPECT_EQ(out.error_count(), 3U);
  EXPECT_EQ(value.integer, -1);
  EXPECT_EQ(value.window, 24h);
  EXPECT_EQ(value.small, 9);
}

TEST(SpecTest, SubstitutedValuesAreTyped) {
  const Everything value =
      parsed("flag: \"${YES}\"\ninteger: '${TEN}'\nwindow: \"${WINDOW:5s}\"\ntext: '${TEN}'\nmaybe: '${NOTHING}'\n");
  EXPECT_TRUE(value.flag);
  EXPECT_EQ(value.integer, 10);
  EXPECT_EQ(value.window, 5s);
  EXPECT_EQ(value.text, "10");
  EXPECT_FALSE(value.maybe.has_value()) << "an optional that came out empty is not set";
}

TEST(SpecTest, SubstitutedAndSecretValuesAreNeverShown) {
  for (const char* yaml :
       {"flag: '${PASSWORD}'", "integer: '${PASSWORD}'", "number: '${PASSWORD}'", "window: '${PASSWORD}'",
        "size: '${PASSWORD}'", "colour: '${PASSWORD}'", "choice: '${PASSWORD}'", "list: '${PASSWORD}'",
        "list: ['${PASSWORD}']", "map: '${PASSWORD}'", "text: '${PASSWORD}'", "inner: '${PASSWORD}'",
        "password: hunter2", "pin: hunter2", "pin: 'hunter2'", "password: '${PASSWORD}'", "level: '${PASSWORD}'"}) {
    const std::string findings = refused(yaml);
    EXPECT_EQ(findings.find("hunter2"), std::string::npos) << findings;
    EXPECT_NE(findings.find("not shown"), std::string::npos) << findings;
  }
  EXPECT_EQ(refused("pin: 12345").find("12345"), std::string::npos);
  EXPECT_NE(refused("password: [hunter2]").find("found a list"), std::string::npos);
}

TEST(SpecTest, ASecretThatStandsInTheFileIsAWarning) {
  Diagnostics out;
  parse("password: hm\npin: 12\n", out);
  EXPECT_FALSE(out.has_errors());
  EXPECT_EQ(
      out.str(),
      "f.yaml:1:11: warning: p.stages[1].x.password: this secret stands in the file, for all who can read it (put "
      "it into the environment or a file: \"${NAME}\", \"${file:/run/secrets/name}\") [secret-in-clear]\n"
      "f.yaml:2:6: warning: p.stages[1].x.pin: this secret stands in the file, for all who can read it (put it "
      "into the environment or a file: \"${NAME}\", \"${file:/run/secrets/name}\") [secret-in-clear]\n");
  Diagnostics none;
  parse("password: \"${NOTHING}\"\npin: \"${TEN}\"\n", none);
  parse("password: \"\"\n", none);
  EXPECT_EQ(none.str(), "");
}

TEST(SpecTest, CanonicalTextHidesOrHashesSecrets) {
  // No secret here is made of hexadecimal digits: a salted hash may contain any run of those.
  const Everything value = parsed("password: uvw\nforeign: {password: swordfish}\nmap: {k: 1}\n");
  std::string hidden;
  everything().write(value, config::hide_secret, hidden);
  EXPECT_EQ(hidden.find("uvw"), std::string::npos);
  EXPECT_EQ(hidden.find("swordfish"), std::string::npos);
  EXPECT_NE(hidden.find("foreign: {number: 3, password: ***}"), std::string::npos) << hidden;
  EXPECT_NE(hidden.find("map: {k: 1}"), std::string::npos);
  std::string one;
  std::string other;
  everything().write(value, config::hash_secret, one);
  everything().write(parsed("map: {k: 1}\nforeign: {password: swordfish}\npassword: 'xyz'\n"), config::hash_secret,
                     other);
  EXPECT_NE(one, other) << "another secret is another config";
  EXPECT_EQ(one.find("uvw"), std::string::npos);
  EXPECT_EQ(one.find("swordfish"), std::string::npos);
}

TEST(SpecTest, I10_CanonicalTextHidesTheSecretKeysOfAMapping) {
  struct Properties {
    std::vector<std::pair<std::string, std::string>> all;
  };
  Spec<Properties> spec("Properties of a client.");
  spec.option("all", &Properties::all, "By name.").secret_keys([](std::string_view key) { return key == "password"; });
  const Properties properties{{{"user", "joe"}, {"password", "swordfish"}}};
  for (const config::SecretText& secret :
       {config::SecretText(config::hide_secret), config::SecretText(config::hash_secret)}) {
    std::string text;
    spec.write(properties, secret, text);
    EXPECT_EQ(text.find("swordfish"), std::string::npos) << text;
    EXPECT_NE(text.find("joe"), std::string::npos) << text;
  }
}

TEST(SpecTest, CanonicalTextIgnoresOrderAndSpellingButNotMeaning) {
  const auto text = [](const char* yaml) {
    std::string out;
    everything().write(parsed(yaml), config::hide_secret, out);
    return out;
  };
  EXPECT_EQ(text("window: 60s\nsize: 1MiB"), text("{size: 1024KiB, window: 1m}"));
  EXPECT_EQ(text(""), text("window: 24h"));
  EXPECT_NE(text("raw: 5"), text("raw: '5'"));
  EXPECT_NE(text("text: 'a, b'"), text("text: a"));
  EXPECT_NE(text("raw: [a, b]"), text("raw: ['a, b']"));
}

TEST(SpecTest, OptionsTellTheDocumentation) {
  const std::vector<OptionInfo> infos = everything().options();
  const auto find = [&](std::string_view key) {
    for (const OptionInfo& info : infos) {
      if (info.key == key) return info;
    }
    return OptionInfo();
  };
  EXPECT_EQ(find("window").type, "duration");
  EXPECT_EQ(find("window").default_value, "24h");
  EXPECT_EQ(find("window").min, "1s");
  EXPECT_EQ(find("window").max, "720h");
  EXPECT_EQ(find("colour").choices, (std::vector<std::string>{"red", "green"}));
  EXPECT_EQ(find("colour").default_value, "red");
  EXPECT_EQ(find("list").type, "list of string");
  EXPECT_EQ(find("list").default_value, "[]");
  EXPECT_EQ(find("objects").type, "mapping of object");
  EXPECT_EQ(find("maybe").default_value, "null");
  EXPECT_EQ(find("size").default_value, "64MiB");
  EXPECT_EQ(find("raw").type, "any");
  EXPECT_EQ(find("level").example, "high");
  EXPECT_TRUE(find("password").secret);
  ASSERT_NE(find("inner").object, nullptr);
  EXPECT_EQ(find("inner").object->options()[0].key, "attempts");
  ASSERT_NE(find("foreign").object, nullptr);
}

struct Target {
  std::vector<std::string> topics;
  std::string group = "g";
};

Spec<Target> target() {
  Spec<Target> spec("Topics.");
  spec.option("topics", &Target::topics, "Topics to read.").required().example("[a, b]");
  spec.option("group", &Target::group, "Group.");
  spec.shorthand("topics");
  spec.validate([](const Target& target, const Node& where, const std::string& path, Diagnostics& out) {
    if (target.topics.empty()) out.error("missing-key", where.mark(), path, "no topics");
  });
  return spec;
}

TEST(SpecTest, RequiredOptions) {
  Diagnostics out;
  target().parse(good_yaml("a: {group: x}").members()[0].value, "p", out);
  EXPECT_EQ(out.str(),
            "f.yaml:1:4: error: p: 'topics' (list of string) is required (add for instance 'topics: [a, b]') "
            "[missing-key]\n");
  EXPECT_EQ(target().options()[0].default_value, "") << "a required option has no default";
}

TEST(SpecTest, ShorthandStandsForOneOption) {
  Diagnostics out;
  EXPECT_EQ(target().parse(good_yaml("[a, b]"), "p", out).topics, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(target().parse(good_yaml("{topics: [c]}"), "p", out).topics, std::vector<std::string>{"c"});
  EXPECT_EQ(out.str(), "");
  ASSERT_TRUE(target().shorthand_shape().has_value());
  EXPECT_EQ(target().shorthand_shape()->str(), "list of string");
  target().parse(good_yaml("word"), "p", out);
  EXPECT_NE(out.str().find("expected a list"), std::string::npos);
}

TEST(SpecTest, ValidatorsSeeOnlyWhatWasReadWell) {
  Diagnostics good;
  target().parse(good_yaml("{topics: []}"), "p", good);
  EXPECT_NE(good.str().find("no topics"), std::string::npos);
  Diagnostics bad;
  target().parse(good_yaml("{topics: x}"), "p", bad);
  EXPECT_EQ(bad.str().find("no topics"), std::string::npos);
}

TEST(SpecTest, ACopiedSpecIsComplete) {
  auto copy = std::make_unique<Spec<Everything>>(everything());
  const Spec<Everything> second = *copy;
  copy.reset();
  Diagnostics out;
  second.parse(good_yaml("integer: 11"), "p", out);
  EXPECT_NE(out.str().find("from -10 to 10"), std::string::npos);
}

}  // namespace
}  // namespace weir
