#include "pipeline/base/blocking.hpp"

#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <utility>

namespace weir {

namespace asio = boost::asio;

namespace {

using Done = asio::any_completion_handler<void()>;

// The work, then the hand-over to where the caller waits. `home` counts as work there, so that an io_context does not
// run out meanwhile.
struct WorkThenReturn {
  std::function<void()> work;
  Done done;
  asio::any_completion_executor home;

  void operator()() {
    work();
    work = nullptr;
    // any_completion_executor of Boost 1.81 is not accepted by asio::post (may change with 1.82).
    asio::prefer(home, asio::execution::blocking.never).execute(std::move(done));
  }
};

struct StartWork {
  Blocking* where;
  void operator()(Done done, std::function<void()> work) const {
    asio::any_completion_executor home = asio::get_associated_executor(done);
    home = asio::prefer(home, asio::execution::outstanding_work.tracked);
    // Shared, since a std::function wants to be copied and a handler cannot be.
    auto call = std::make_shared<WorkThenReturn>(WorkThenReturn{std::move(work), std::move(done), std::move(home)});
    where->post([call = std::move(call)] { (*call)(); });
  }
};

}  // namespace

Task<void> Blocking::run(std::function<void()> work) {
  return asio::async_initiate<const asio::use_awaitable_t<>, void()>(StartWork{this}, asio::use_awaitable,
                                                                     std::move(work));
}

}  // namespace weir
