// What the tests of the small sinks share.
#pragma once

#include "pipeline/base/blocking_threads.hpp"
#include "pipeline/base/metrics.hpp"
#include "pipeline/testing/fixture.hpp"
#include "pipeline/topology/registry.hpp"

#include <boost/asio/io_context.hpp>

#include <deque>
#include <string>
#include <vector>

namespace weir::sinks::testing {

// Messages with their bytes, and an io_context on which a sink's call is run to its end: the writers append on
// a real thread, so these tests wait for it (never for the time).
class SinkTest : public ::testing::Test {
 protected:
  Message& add(std::string_view payload, std::uint64_t sequence = 0) {
    Message& message = messages_.emplace_back();
    message.payload = payload;
    message.origin = {"", "orders", 3, static_cast<Offset>(sequence), 1738232130123};
    message.sequence = sequence;
    return message;
  }

  template <class T>
  T run(Task<T> task) {
    std::optional<T> place;
    std::exception_ptr failure;
    TaskGroup group(io_.get_executor());
    group.spawn("test", run_into(std::move(task), place, failure));
    io_.restart();
    io_.run();
    if (failure != nullptr) std::rethrow_exception(failure);
    return std::move(*place);
  }
  void run(Task<void> task) {
    bool done = false;
    std::exception_ptr failure;
    TaskGroup group(io_.get_executor());
    group.spawn("test", weir::testing::detail::store_done(std::move(task), done, failure));
    io_.restart();
    io_.run();
    ASSERT_TRUE(done);
  }
  Result<WriteReport> write(Sink& sink, std::vector<const Message*> messages) { return run(sink.write(messages)); }

  BuildContext build_context(std::filesystem::path data_dir = {}) {
    return BuildContext{"p", "out", 0, 1, clock_, metrics_, blocking_, std::move(data_dir), {"out"}, {}, {}};
  }

  boost::asio::io_context io_{1};
  weir::testing::ManualClock clock_{io_};
  Metrics metrics_;
  BlockingThreads blocking_;
  std::deque<Message> messages_;
};

}  // namespace weir::sinks::testing
