// What of a connection blocks is done elsewhere: its executor goes on meanwhile.
#include "connectors/eventstoredb/connection.hpp"
#include "connectors/eventstoredb/grpc_client.hpp"
#include "pipeline/base/blocking_threads.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <exception>
#include <future>

namespace weir::connectors::eventstoredb {
namespace {

// A server that starts and stops only after other work was done where its connection is opened and closed.
class SlowServer final : public EmbeddedServer {
 public:
  explicit SlowServer(std::shared_future<void> other_work) : other_work_(std::move(other_work)) { wait(); }
  std::string address() const override { return "esdb://127.0.0.1:1?tls=false"; }
  void stop() override { wait(); }
  void wait_for(std::shared_future<void> other_work) { other_work_ = std::move(other_work); }

 private:
  void wait() const {
    EXPECT_EQ(other_work_.wait_for(std::chrono::seconds(10)), std::future_status::ready)
        << "nothing else was done meanwhile";
  }
  std::shared_future<void> other_work_;
};

TEST(ConnectionBlockingTest, WhileAServerStartsAndStopsTheExecutorGoesOn) {
  namespace asio = boost::asio;
  BlockingThreads blocking;
  asio::io_context io{1};
  const auto rethrow = [](const std::exception_ptr& failure) {
    EXPECT_FALSE(failure);
  };
  std::promise<void> beside_start;
  std::promise<void> beside_stop;
  std::shared_ptr<SlowServer> server;
  const StartEmbedded start = [&](const std::filesystem::path&) -> Result<std::shared_ptr<EmbeddedServer>> {
    server = std::make_shared<SlowServer>(beside_start.get_future().share());
    return std::shared_ptr<EmbeddedServer>(server);
  };
  StoreConnection connection(ConnectionConfig{}, make_grpc_client, blocking, start, "/data");
  bool opened = false;
  asio::co_spawn(io, connection.open(), [&](const std::exception_ptr& failure, const Result<void>& result) {
    opened = !failure && result.has_value();
  });
  asio::post(io, [&] { beside_start.set_value(); });
  io.run();
  ASSERT_TRUE(opened);
  server->wait_for(beside_stop.get_future().share());
  io.restart();
  asio::co_spawn(io, connection.close(), rethrow);
  asio::post(io, [&] { beside_stop.set_value(); });
  io.run();
}

}  // namespace
}  // namespace weir::connectors::eventstoredb
