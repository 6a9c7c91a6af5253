#include "embedded/broker/address.hpp"

#include <gtest/gtest.h>

namespace weir::embedded::broker {
namespace {

TEST(Address, ReadsEveryFormOfWhatIsAdvertised) {
  const auto read = [](std::string_view text) {
    const Dialled dialled = read_advertised(text, 9092);
    return dialled.host + " " + std::to_string(dialled.port);
  };
  EXPECT_EQ(read("kafka.example"), "kafka.example 9092");
  EXPECT_EQ(read("kafka.example:19092"), "kafka.example 19092");
  EXPECT_EQ(read("10.0.0.7:1"), "10.0.0.7 1");
  EXPECT_EQ(read("2001:db8::10"), "2001:db8::10 9092");
  EXPECT_EQ(read("[2001:db8::10]"), "2001:db8::10 9092");
  EXPECT_EQ(read("[2001:db8::10]:19092"), "2001:db8::10 19092");
}

TEST(Address, UnmapsIpv4) {
  EXPECT_EQ(text_of(boost::asio::ip::make_address("::ffff:127.0.0.1")), "127.0.0.1");
  EXPECT_EQ(text_of(boost::asio::ip::make_address("127.0.0.1")), "127.0.0.1");
  EXPECT_EQ(text_of(boost::asio::ip::make_address("::1")), "::1");
}

}  // namespace
}  // namespace weir::embedded::broker
