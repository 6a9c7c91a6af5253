#include "pipeline/base/on_executor.hpp"

#include <boost/asio/execution/context_as.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/query.hpp>

#include <atomic>
#include <thread>

namespace weir {

namespace asio = boost::asio;

namespace {

// Asio keeps one of these with each context that asks for it.
class Owner final : public asio::execution_context::service {
 public:
  using key_type = Owner;
  inline static asio::execution_context::id id;

  explicit Owner(asio::execution_context& context) : service(context) {}
  void shutdown() override {}

  std::atomic<std::thread::id> thread;
};

}  // namespace

ThreadOf::ThreadOf(asio::io_context& context) : context_(context) {
  asio::use_service<Owner>(context_).thread = std::this_thread::get_id();
}

ThreadOf::~ThreadOf() {
  asio::use_service<Owner>(context_).thread = std::thread::id();
}

bool on_executor(const Executor& executor) noexcept {
  if (!executor) return true;
  asio::execution_context& context = asio::query(executor, asio::execution::context_as<asio::execution_context&>);
  if (!asio::has_service<Owner>(context)) return true;
  const std::thread::id owner = asio::use_service<Owner>(context).thread;
  return owner == std::thread::id() || owner == std::this_thread::get_id();
}

}  // namespace weir
