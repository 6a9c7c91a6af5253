// LineWriter: appends blocks of lines where work may block, so that no lane ever waits for a disk or a pipe.
#pragma once

#include "pipeline/base/blocking.hpp"
#include "pipeline/base/result.hpp"
#include "pipeline/base/task.hpp"

#include <boost/asio/any_completion_handler.hpp>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace weir::sinks {

// Where the lines go. One call at a time; may block.
class LineTarget {
 public:
  virtual ~LineTarget() = default;
  // All of the bytes, durable as the target defines it; or an error, and then none of them.
  virtual Result<void> append(std::string_view bytes) = 0;
};

// Group commit: what has gathered while an append was under way goes with the next one, in the order of the calls.
//
// Lifetime: shared by the lanes that write to one target; its destructor waits until what was given to it is done.
// `blocking` outlives it. Executor: write() on any; it completes on the caller's. Cancellation: none while the target
// works (the write is short, or the machine is broken). Errors: the target's, the same one for every block of the group.
class LineWriter {
 public:
  LineWriter(std::unique_ptr<LineTarget> target, Blocking& blocking);
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  // `block` is whole lines, each with its end. Completes when the target has them. Memory is bounded by the callers:
  // each has as many blocks here as the runner's window lets it.
  Task<Result<void>> write(std::string block);

 private:
  using Handler = boost::asio::any_completion_handler<void(Result<void>)>;
  struct Request {
    std::string block;
    Handler handler;
  };
  struct StartWrite;
  void submit(Request request);
  void append_all();

  std::unique_ptr<LineTarget> target_;
  Blocking& blocking_;
  std::mutex mutex_;
  std::condition_variable done_;
  std::vector<Request> waiting_;
  bool appending_ = false;  // append_all() runs or will
};

}  // namespace weir::sinks
