// The admin port on real sockets and with its real thread. Made for ThreadSanitizer, too.
#include "pipeline/admin/port.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <thread>

namespace weir::admin {
namespace {

using boost::asio::ip::tcp;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class AdminPortTest : public ::testing::Test {
 protected:
  std::unique_ptr<Port> open(Port::Options options = {.port = 0}) {
    auto port = std::make_unique<Port>(std::move(options));
    const Result<void> listening = port->listen();
    EXPECT_TRUE(listening.has_value()) << (listening ? "" : listening.error().message());
    Actions actions;
    actions.summary = [](const Answer<Summary>& answer) {
      // From another thread, as the program does.
      std::thread([answer] { answer(Summary()); }).join();
    };
    actions.config = [](const Answer<std::string>& answer) {
      answer("pipelines: {}\n");
    };
    actions.pause = [](const std::string&, bool, const Answer<Result<void>>& answer) {
      answer(Result<void>());
    };
    actions.reload = [this](const std::string&, Answer<ReloadOutcome> answer) {
      unanswered_ = std::move(answer);
    };
    actions.reload_state = [](const Answer<ReloadState>& answer) {
      answer(ReloadState());
    };
    port->start({clock_, metrics_, std::move(actions), {"1", "c", "g"}, "{}\n"});
    return port;
  }

  tcp::socket dial(const Port& port) {
    tcp::socket socket(io_);
    socket.connect(tcp::endpoint(boost::asio::ip::address_v4::loopback(), port.number()));
    const timeval limit{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return socket;
  }
  static void send(tcp::socket& socket, const std::string& bytes) {
    boost::system::error_code ignored;
    boost::asio::write(socket, boost::asio::buffer(bytes), ignored);
  }
  static std::string read_all(tcp::socket& socket) {
    std::string out;
    boost::system::error_code ended;
    boost::asio::read(socket, boost::asio::dynamic_buffer(out), ended);
    return out;
  }
  std::string get(const Port& port, const std::string& path) {
    tcp::socket socket = dial(port);
    send(socket, "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    return read_all(socket);
  }

  SystemClock clock_;
  Metrics metrics_;
  boost::asio::io_context io_;
  Answer<ReloadOutcome> unanswered_;  // dropped after the ports of a test
};

TEST_F(AdminPortTest, ItServesUntilItIsStopped) {
  const std::unique_ptr<Port> port = open();
  EXPECT_EQ(port->address(), "127.0.0.1:" + std::to_string(port->number()));
  EXPECT_FALSE(port->is_another());
  EXPECT_THAT(get(*port, "/health/live"), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(get(*port, "/metrics"), HasSubstr("process_resident_memory_bytes"));
  tcp::socket silent = dial(*port);
  tcp::socket half = dial(*port);
  send(half, "GET /metr");
  port->stop();
  port->stop();
  EXPECT_EQ(read_all(silent), "");
  tcp::socket late(io_);
  boost::system::error_code failure;
  late.connect(tcp::endpoint(boost::asio::ip::address_v4::loopback(), port->number()), failure);
  EXPECT_TRUE(failure);
}

TEST_F(AdminPortTest, AReloadThatNobodyAnswersDoesNotHoldUpTheStop) {
  std::unique_ptr<Port> port = open();
  tcp::socket socket = dial(*port);
  send(socket, "POST /reload HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(get(*port, "/health/live"), StartsWith("HTTP/1.1 200"));
  port->stop();
  read_all(socket);
  unanswered_ = nullptr;
}

TEST_F(AdminPortTest, APortThatIsTakenIsAnErrorOrTheNextOneIs) {
  const std::unique_ptr<Port> first = open();
  Port second({.port = first->number()});
  const Result<void> taken = second.listen();
  ASSERT_TRUE(taken.has_error());
  EXPECT_EQ(taken.error().code(), Errc::already_exists);
  EXPECT_THAT(taken.error().message(), HasSubstr(std::to_string(first->number())));
  Port third({.port = first->number(), .may_be_another = true});
  ASSERT_TRUE(third.listen().has_value());
  EXPECT_TRUE(third.is_another());
  EXPECT_NE(third.number(), first->number());
}

TEST_F(AdminPortTest, OpenToOthersOnlyWithAToken) {
  for (const char* host : {"0.0.0.0", "::", "192.0.2.1", "weir.example.com"}) {
    const Result<void> refused = Port({.host = host, .port = 0}).listen();
    ASSERT_TRUE(refused.has_error()) << host;
    EXPECT_EQ(refused.error().code(), Errc::invalid_argument);
    EXPECT_THAT(refused.error().message(), HasSubstr("--admin-token-file"));
  }
  const std::unique_ptr<Port> port = open({.host = "0.0.0.0", .port = 0, .token = "a-token-of-some-length"});
  EXPECT_THAT(get(*port, "/metrics"), StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(get(*port, "/health/live"), StartsWith("HTTP/1.1 200"));
}

TEST_F(AdminPortTest, AThousandConnectionsLeaveItAlive) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = std::min<rlim_t>(files.rlim_max, 4096);
  ::setrlimit(RLIMIT_NOFILE, &files);
  const std::unique_ptr<Port> port = open();
  std::vector<tcp::socket> crowd;
  for (int i = 0; i < 1000; ++i) {
    crowd.push_back(dial(*port));
    send(crowd.back(), "GET /metr");
  }
  crowd.clear();
  std::string answer;
  for (int i = 0; i < 100 && answer.empty(); ++i) answer = get(*port, "/health/live");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
}

}  // namespace
}  // namespace weir::admin
