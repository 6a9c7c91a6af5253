#include "testkit/store_line.hpp"

namespace weir::testkit {

namespace es = connectors::eventstoredb;

std::optional<Error> StoreLine::refusal() const {
  if (line_->is_cut()) return Lifeline::dead();
  if (closed_) return Error(Errc::cancelled, "the client of the store is closed");
  return std::nullopt;
}

Task<Result<es::AppendOutcome>> StoreLine::append(std::string stream, es::ExpectedRevision expected,
                                                  std::span<const es::NewEvent> events) {
  if (std::optional<Error> refused = refusal()) co_return *std::move(refused);
  if (!line_->enter(CallKind::append, stream)) co_return Lifeline::dead();
  const std::size_t call = line_->last();
  Task<Result<es::AppendOutcome>> asking = store_.append(std::move(stream), expected, events);
  Result<es::AppendOutcome> outcome = co_await std::move(asking);
  if (!line_->leave(call)) co_return Lifeline::dead();
  co_return outcome;
}

Task<Result<es::StreamPage>> StoreLine::read_stream(std::string stream, es::StreamStart from,
                                                    es::ReadDirection direction, std::uint64_t count) {
  if (std::optional<Error> refused = refusal()) co_return *std::move(refused);
  if (!line_->enter(CallKind::read_stream, stream)) co_return Lifeline::dead();
  const std::size_t call = line_->last();
  Task<Result<es::StreamPage>> asking = store_.read_stream(std::move(stream), from, direction, count);
  Result<es::StreamPage> page = co_await std::move(asking);
  if (!line_->leave(call)) co_return Lifeline::dead();
  co_return page;
}

Task<Result<es::AllPage>> StoreLine::read_all(es::AllStart from, es::ReadDirection direction, std::uint64_t count) {
  if (std::optional<Error> refused = refusal()) co_return *std::move(refused);
  std::string target;
  if (!line_->enter(CallKind::read_all, std::move(target))) co_return Lifeline::dead();
  const std::size_t call = line_->last();
  Task<Result<es::AllPage>> asking = store_.read_all(from, direction, count);
  Result<es::AllPage> page = co_await std::move(asking);
  if (!line_->leave(call)) co_return Lifeline::dead();
  co_return page;
}

// No sink of weir ends a stream or asks for the server: these pass uncounted.
Task<Result<void>> StoreLine::delete_stream(std::string stream, es::ExpectedRevision expected) {
  if (std::optional<Error> refused = refusal()) co_return *std::move(refused);
  Task<Result<void>> asking = store_.delete_stream(std::move(stream), expected);
  Result<void> done = co_await std::move(asking);
  co_return done;
}

Task<Result<void>> StoreLine::tombstone_stream(std::string stream, es::ExpectedRevision expected) {
  if (std::optional<Error> refused = refusal()) co_return *std::move(refused);
  Task<Result<void>> asking = store_.tombstone_stream(std::move(stream), expected);
  Result<void> done = co_await std::move(asking);
  co_return done;
}

Task<Result<es::ServerInfo>> StoreLine::server_info() {
  if (std::optional<Error> refused = refusal()) co_return *std::move(refused);
  Task<Result<es::ServerInfo>> asking = store_.server_info();
  Result<es::ServerInfo> info = co_await std::move(asking);
  co_return info;
}

}  // namespace weir::testkit
