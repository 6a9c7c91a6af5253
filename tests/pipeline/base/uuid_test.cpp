#include "pipeline/base/uuid.hpp"

#include <gtest/gtest.h>

#include <set>

namespace weir {
namespace {

TEST(Uuid, ParsesAndWritesBothCases) {
  const std::optional<Uuid> id = Uuid::parse("3F2B8C1E-9d47-4a6b-8E21-5c0a7d9b4f13");
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(id->high, 0x3f2b8c1e9d474a6bull);
  EXPECT_EQ(id->low, 0x8e215c0a7d9b4f13ull);
  EXPECT_EQ(id->str(), "3f2b8c1e-9d47-4a6b-8e21-5c0a7d9b4f13");
  EXPECT_EQ(Uuid::from_bytes(id->bytes().data()), *id);
  EXPECT_EQ(id->bytes()[0], 0x3f);
  EXPECT_EQ(id->bytes()[15], 0x13);
}

TEST(Uuid, RefusesEveryOtherForm) {
  for (const char* text : {"", "3f2b8c1e", "3f2b8c1e9d474a6b8e215c0a7d9b4f13", "{3f2b8c1e-9d47-4a6b-8e21-5c0a7d9b4f13}",
                           "urn:uuid:3f2b8c1e-9d47-4a6b-8e21-5c0a7d9b4f13", "3f2b8c1e-9d47-4a6b-8e21-5c0a7d9b4f1",
                           "3f2b8c1e-9d47-4a6b-8e21-5c0a7d9b4f133", "3f2b8c1-e9d47-4a6b-8e21-5c0a7d9b4f13"}) {
    EXPECT_FALSE(Uuid::parse(text).has_value()) << text;
  }
}

TEST(Uuid, AnySpellingOfTheSameDigits) {
  const Uuid id = *Uuid::parse("3f2b8c1e-9d47-4a6b-8e21-5c0a7d9b4f13");
  for (const char* text :
       {"3f2b8c1e-9d47-4a6b-8e21-5c0a7d9b4f13", "3F2B8C1E-9D47-4A6B-8E21-5C0A7D9B4F13",
        "3f2b8c1e9d474a6b8e215c0a7d9b4f13", "{3f2b8c1e-9d47-4a6b-8e21-5c0a7d9b4f13}",
        "urn:uuid:3f2b8c1e-9d47-4a6b-8e21-5c0a7d9b4f13", "URN:UUID:3F2B8C1E-9d47-4a6b-8e21-5c0a7d9b4f13"}) {
    EXPECT_EQ(Uuid::parse_any_spelling(text), id) << text;
  }
  for (const char* text : {"", "{}", "urn:uuid:", "3f2b8c1e9d474a6b8e215c0a7d9b4f1", "3f2b8c1e9d474a6b8e215c0a7d9b4f1g",
                           "{3f2b8c1e-9d47-4a6b-8e21-5c0a7d9b4f13", "3f2b8c1e-9d474a6b-8e21-5c0a7d9b4f13",
                           "01ARZ3NDEKTSV4RRFFQ69G5FAV", "00000187e0b4a2c5-0242ac1200060001"}) {
    EXPECT_FALSE(Uuid::parse_any_spelling(text).has_value()) << text;
  }
}

// Each of the 36 places takes exactly what belongs there.
TEST(Uuid, EveryPlaceIsChecked) {
  const std::string good = "3f2b8c1e-9d47-4a6b-8e21-5c0a7d9b4f13";
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string text = good;
      text[at] = static_cast<char>(byte);
      const bool hyphen = at == 8 || at == 13 || at == 18 || at == 23;
      const bool fits = hyphen ? byte == '-' : (byte < 128 && std::isxdigit(byte) != 0);
      EXPECT_EQ(Uuid::parse(text).has_value(), fits) << at << " " << byte;
    }
  }
}

TEST(Uuid, VersionFiveOfTheRfc) {
  const Uuid dns = *Uuid::parse("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
  EXPECT_EQ(Uuid::v5(dns, "www.example.com").str(), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

TEST(Uuid, RandomOnesAreVersionFourAndDiffer) {
  std::set<Uuid> seen;
  for (int i = 0; i < 1000; ++i) {
    const Uuid id = Uuid::random();
    EXPECT_EQ(id.str()[14], '4');
    EXPECT_NE(std::string("89ab").find(id.str()[19]), std::string::npos);
    EXPECT_TRUE(seen.insert(id).second);
  }
}

}  // namespace
}  // namespace weir
