#include "pipeline/base/workers.hpp"

#include "pipeline/base/blocking_threads.hpp"
#include "pipeline/base/log.hpp"
#include "pipeline/base/on_executor.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <optional>
#include <thread>

namespace weir {

namespace asio = boost::asio;

struct Workers::Worker {
  asio::io_context io{1};
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work{io.get_executor()};
  std::thread thread;

  void start() {
    if (thread.joinable() || !work) return;
    thread = std::thread([this] { run(); });
  }
  void run() noexcept {
    const ThreadOf here(io);
    try {
      io.run();
    } catch (const std::exception& error) {
      log::error("a bug: an exception reached the top of a worker thread", {{"error", error.what()}});
      std::abort();
    }
  }
  void stop() {
    work.reset();
    io.stop();
    if (thread.joinable()) thread.join();
  }
};

Workers::Workers(std::size_t count)
    : control_(std::make_unique<Worker>()), blocking_(std::make_unique<BlockingThreads>()) {
  const std::size_t processors = std::max<std::size_t>(1, std::thread::hardware_concurrency());
  for (std::size_t i = 0; i < (count == 0 ? processors : count); ++i) workers_.push_back(std::make_unique<Worker>());
}

Workers::~Workers() {
  stop();
}

void Workers::start() {
  control_->start();
  for (const auto& worker : workers_) worker->start();
}

void Workers::stop() {
  control_->stop();
  for (const auto& worker : workers_) worker->stop();
}

Executor Workers::control() const {
  return control_->io.get_executor();
}

Executors Workers::executors() const {
  Executors all{control_->io.get_executor(), {}, blocking_.get()};
  for (const auto& worker : workers_) all.lanes.push_back(worker->io.get_executor());
  return all;
}

}  // namespace weir
