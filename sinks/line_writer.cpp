#include "sinks/line_writer.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace weir::sinks {

namespace asio = boost::asio;

namespace {

// Completes on the handler's own executor, whose context is kept running until then.
template <class Handler>
struct OnExecutor {
  Handler handler;
  Executor work;

  explicit OnExecutor(Handler h)
      : handler(std::move(h)),
        work(asio::prefer(asio::get_associated_executor(handler), asio::execution::outstanding_work.tracked)) {}

  void operator()(Result<void> result) && {
    Executor executor = std::move(work);
    asio::post(executor, Deliver{std::move(handler), std::move(result)});
  }

  struct Deliver {
    Handler handler;
    Result<void> result;
    void operator()() { std::move(handler)(std::move(result)); }
  };
};

}  // namespace

struct LineWriter::StartWrite {
  LineWriter* writer;
  template <class H>
  void operator()(H handler, std::string block) const {
    writer->submit({std::move(block), Handler(OnExecutor<H>(std::move(handler)))});
  }
};

LineWriter::LineWriter(std::unique_ptr<LineTarget> target, Blocking& blocking)
    : target_(std::move(target)), blocking_(blocking) {}

LineWriter::~LineWriter() {
  std::unique_lock lock(mutex_);
  while (appending_) done_.wait(lock);
}

Task<Result<void>> LineWriter::write(std::string block) {
  StartWrite start{this};
  return asio::async_initiate<const asio::use_awaitable_t<>, void(Result<void>)>(start, asio::use_awaitable,
                                                                                 std::move(block));
}

void LineWriter::submit(Request request) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(request));
    if (std::exchange(appending_, true)) return;
  }
  blocking_.post([this] { append_all(); });
}

void LineWriter::append_all() {
  std::vector<Request> group;
  std::string bytes;
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.empty()) {
        appending_ = false;
        done_.notify_all();
        return;
      }
      group.swap(waiting_);
    }
    std::string_view all = group.front().block;
    if (group.size() > 1) {
      bytes.clear();
      for (const Request& request : group) bytes.append(request.block);
      all = bytes;
    }
    const Result<void> result = target_->append(all);
    for (Request& request : group) std::move(request.handler)(result);
    group.clear();
    if (bytes.capacity() > (std::size_t{8} << 20)) bytes = {};
  }
}

}  // namespace weir::sinks
