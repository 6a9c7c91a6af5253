#include "connectors/kafka/blocking_pool.hpp"

#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace weir::connectors::kafka {

namespace asio = boost::asio;

namespace {

using Done = asio::any_completion_handler<void()>;

// What the pool's thread does: the work, then the hand-over to where the caller waits. `home` counts as work there, so
// that an io_context does not run out meanwhile.
struct WorkThenReturn {
  std::function<void()> work;
  Done done;
  asio::any_completion_executor home;
  void operator()() {
    work();
    // any_completion_executor of Boost 1.81 is not accepted by asio::post (may change with 1.82).
    asio::prefer(home, asio::execution::blocking.never).execute(std::move(done));
  }
};

struct StartWork {
  asio::thread_pool* threads;
  void operator()(Done done, std::function<void()> work) const {
    asio::any_completion_executor home = asio::get_associated_executor(done);
    home = asio::prefer(home, asio::execution::outstanding_work.tracked);
    asio::post(*threads, WorkThenReturn{std::move(work), std::move(done), std::move(home)});
  }
};

}  // namespace

Task<void> BlockingPool::run(std::function<void()> work) {
  return asio::async_initiate<const asio::use_awaitable_t<>, void()>(StartWork{&threads_}, asio::use_awaitable,
                                                                     std::move(work));
}

void BlockingPool::post(std::function<void()> work) {
  asio::post(threads_, std::move(work));
}

}  // namespace weir::connectors::kafka
