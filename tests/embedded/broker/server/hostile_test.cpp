// Any bytes, any peer: a clear end of the connection, bounded memory, and the others go on (I9).
#include "tests/embedded/broker/server/server_kit.hpp"
#include "tests/samples.hpp"

#include <fstream>
#include <random>

namespace weir::embedded::broker {
namespace {

class HostileTest : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    start();
    ASSERT_TRUE(server_->ensure_topics({{"orders", 1}}));
  }
  // The broker still serves somebody decent.
  void expect_alive() {
    WireClient one = client();
    ASSERT_TRUE(one.connected());
    EXPECT_GE(produce(one, batch_of(1)), 0);
  }
  // Anonymous memory of this process, in bytes: files that are mapped do not count.
  static std::uint64_t resident() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("RssAnon:")) return std::stoull(line.substr(8)) << 10;
    }
    return 0;
  }
};

TEST_F(HostileTest, RandomBytesEndTheirConnectionOnly) {
  std::mt19937_64 random(20261121);
  for (int i = 0; i < samples(300); ++i) {
    WireClient one = client();
    std::string bytes(random() % 2000, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    one.send_raw(bytes);
    ::shutdown(one.descriptor(), SHUT_WR);
    EXPECT_TRUE(one.ended());
  }
  expect_alive();
}

TEST_F(HostileTest, EveryApiSurvivesRandomBodies) {
  std::mt19937_64 random(42);
  for (int round = 0; round < samples(20); ++round) {
    for (const wire::Api& api : wire::kApis) {
      wire::Writer out;
      out.i16(static_cast<std::int16_t>(api.key));
      out.i16(static_cast<std::int16_t>(
          api.min + static_cast<int>(random() % static_cast<std::uint64_t>(api.max - api.min + 1))));
      out.i32(1);
      out.nullable_string(false, "x");
      std::string body(random() % 200, '\0');
      // Small numbers are more often lengths that fit.
      for (char& byte : body) byte = static_cast<char>(random() % 4 == 0 ? random() : random() % 4);
      out.raw(body);
      WireClient one = client();
      one.send_raw(std::move(out).finish().chunks.front().bytes);
      ::shutdown(one.descriptor(), SHUT_WR);
      char sink[4096];
      while (::recv(one.descriptor(), sink, sizeof sink, 0) > 0) {
      }
    }
  }
  expect_alive();
}

TEST_F(HostileTest, HugeLengthsTakeNoMemory) {
  const std::uint64_t before = resident();
  std::vector<WireClient> clients;
  for (int i = 0; i < 200; ++i) {
    clients.push_back(client());
    // Produce, 100 MiB announced, ten bytes sent.
    ASSERT_TRUE(
        clients.back().send_raw(std::string_view("\x06\x40\x00\x00\x00\x00\x00\x09\x00\x00\x00\x01\x00\x00", 14)));
  }
  expect_alive();
  EXPECT_LT(resident(), before + (std::uint64_t{300} << 20));
}

TEST_F(HostileTest, ThousandsOfConnections) {
  std::vector<WireClient> clients;
  for (int i = 0; i < 2000; ++i) {
    clients.push_back(client());
    if (!clients.back().connected()) break;
  }
  EXPECT_GT(clients.size(), 400u);  // as far as this process may open descriptors
  expect_alive();
}

TEST_F(HostileTest, ConnectionsBeyondTheLimitAreClosed) {
  server_.reset();
  options_.max_connections = 5;
  start();
  std::vector<WireClient> clients;
  for (int i = 0; i < 5; ++i) {
    clients.push_back(client());
    EXPECT_TRUE(clients.back().call<wire::MetadataResponse>(wire::MetadataRequest(), 5));
  }
  WireClient sixth = client();
  EXPECT_TRUE(sixth.ended());
  clients.pop_back();
  for (int tries = 0; tries < 100; ++tries) {
    WireClient again = client();
    if (again.call<wire::MetadataResponse>(wire::MetadataRequest(), 5)) return;
  }
  FAIL() << "no room after a connection has gone";
}

TEST_F(HostileTest, AReaderThatDoesNotReadCostsNoMemory) {
  WireClient producer = client();
  const std::string batch = batch_of(100, 10'000);
  for (int i = 0; i < 20; ++i) ASSERT_EQ(produce(producer, batch), 100 * i);
  const std::uint64_t before = resident();
  std::vector<WireClient> readers;
  for (int i = 0; i < 50; ++i) {
    readers.push_back(client());
    for (int fetch = 0; fetch < 20; ++fetch) ASSERT_TRUE(readers.back().send(fetch_request(0), 11));
  }
  // 50 x 20 x 20 MB were asked for; what waits to be sent stays in the files.
  expect_alive();
  EXPECT_LT(resident(), before + (std::uint64_t{64} << 20));
}

TEST_F(HostileTest, ManyEmptyPartitionsInOneRequest) {
  // Three bytes each on the wire, a hundred in memory: the number of elements is bounded.
  wire::Writer out;
  out.i16(3);
  out.i16(1);
  out.i32(1);
  out.nullable_string(false, "x");
  out.i32(4'000'000);
  out.raw(std::string(8 << 20, '\0').substr(0, (std::size_t{8} << 20) - 64));
  const std::uint64_t before = resident();
  WireClient one = client();
  one.send_raw(std::move(out).finish().chunks.front().bytes);
  EXPECT_TRUE(one.ended());
  EXPECT_LT(resident(), before + (std::uint64_t{64} << 20));
  expect_alive();
}

}  // namespace
}  // namespace weir::embedded::broker
