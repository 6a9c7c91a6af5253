#include "sinks/eventstoredb/log_head.hpp"

#include "pipeline/base/log.hpp"

namespace weir::sinks::eventstoredb {

namespace es = connectors::eventstoredb;

// Lets the others go on however the question ends.
class LogHead::Asking {
 public:
  explicit Asking(LogHead& head) : head_(head) { head_.asking_ = true; }
  ~Asking() {
    head_.asking_ = false;
    head_.answered_.notify_all();
  }
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;

 private:
  LogHead& head_;
};

Task<Result<void>> LogHead::find(es::StoreClient& store) {
  const bool is_beside = asking_;
  while (asking_) co_await answered_.wait();
  Result<void> done;
  if (found_) co_return done;
  // One after the other, each would wait for as long again.
  if (is_beside && failed_.has_value()) co_return *failed_;
  failed_.reset();
  const Asking asking(*this);
  const es::AllStart end = es::AllStart::from_end();
  Result<es::AllPage> page = co_await store.read_all(end, es::ReadDirection::backwards, 1);
  if (page.has_error()) {
    const Errc code = page.error().code();
    if (code == Errc::unavailable || code == Errc::unknown_outcome || code == Errc::cancelled) {
      failed_ = page.error();
      co_return page.error();
    }
    log::debug(
        "the end of the event store's log cannot be read; events that it knows already are recognised only "
        "behind the first that is written",
        {{"store", store.display()}, {"error", page.error().message()}});
  } else if (page->last.has_value()) {
    saw(*page->last);
  }
  found_ = true;
  co_return done;
}

}  // namespace weir::sinks::eventstoredb
