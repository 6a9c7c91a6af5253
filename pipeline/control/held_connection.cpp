#include "pipeline/control/held_connection.hpp"

#include "pipeline/base/log.hpp"
#include "pipeline/base/retry.hpp"

#include <algorithm>
#include <utility>

namespace weir {

HeldConnection::HeldConnection(std::string name, std::shared_ptr<Connection> connection, Clock& clock,
                               const Executor& control, Counter& failures)
    : name_(std::move(name)),
      connection_(std::move(connection)),
      clock_(clock),
      failures_(failures),
      opener_(control) {}

bool HeldConnection::expect(const std::vector<Use>& uses) {
  std::vector<std::string> names;
  for (const Use& use : uses) {
    names.push_back((use.how == Use::How::reads ? "reads " : "writes ") + use.name);
  }
  const bool is_new = !std::ranges::all_of(
      names, [this](const std::string& name) { return std::ranges::find(expected_, name) != expected_.end(); });
  expected_ = std::move(names);
  connection_->expect(uses);
  return is_new;
}

Task<Result<void>> HeldConnection::try_to_open() {
  tried_ = true;
  Result<void> opened = co_await connection_->open();
  if (opened.has_error()) failures_.add();
  trouble_ = opened.has_error() ? opened.error().message() : std::string();
  co_return opened;
}

Task<Result<void>> HeldConnection::open() {
  if (trying_) co_return Result<void>();  // it will see what is expected by then
  Result<void> opened = co_await try_to_open();
  opened_ = opened_ || opened.has_value();
  if (opened.has_value()) co_return opened;
  Error error = opened.error().with_context("connection '" + name_ + "'");
  if (!error.retryable()) co_return error;
  log::warn("a connection could not be opened; trying again", {{"connection", name_}, {"error", error.message()}});
  trying_ = true;
  opener_.spawn("open " + name_, keep_opening());
  co_return Result<void>();
}

Task<void> HeldConnection::keep_opening() {
  const RetryPolicy retry;
  for (std::uint32_t failures = 1; trying_; ++failures) {
    co_await clock_.sleep_for(retry.backoff(failures));
    Result<void> opened = co_await try_to_open();
    if (opened.has_value()) {
      opened_ = true;
      trying_ = false;
      log::info("the connection is open", {{"connection", name_}});
    } else {
      log::warn("a connection could not be opened; trying again",
                {{"connection", name_}, {"error", opened.error().message()}});
    }
  }
}

Task<void> HeldConnection::close() {
  opener_.cancel();
  co_await opener_.join();
  trying_ = false;
  // Also what was only begun: an embedded server may have been started before something else failed.
  const bool was_tried = std::exchange(tried_, false);
  opened_ = false;
  if (was_tried) co_await connection_->close();
}

}  // namespace weir
