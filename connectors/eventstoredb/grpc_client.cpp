#include "connectors/eventstoredb/grpc_client.hpp"

#include "connectors/eventstoredb/detail/calls.hpp"

namespace weir::connectors::eventstoredb {
namespace {

using detail::Answer;
using detail::Transport;

class GrpcClient final : public StoreClient {
 public:
  explicit GrpcClient(std::shared_ptr<Transport> transport) : transport_(std::move(transport)) {}
  ~GrpcClient() override { transport_->close(); }

  Task<Result<AppendOutcome>> append(std::string stream, ExpectedRevision expected,
                                     std::span<const NewEvent> events) override;
  Task<Result<StreamPage>> read_stream(std::string stream, StreamStart from, ReadDirection direction,
                                       std::uint64_t count) override;
  Task<Result<AllPage>> read_all(AllStart from, ReadDirection direction, std::uint64_t count) override;
  Task<Result<void>> delete_stream(std::string stream, ExpectedRevision expected) override;
  Task<Result<void>> tombstone_stream(std::string stream, ExpectedRevision expected) override;
  Task<Result<ServerInfo>> server_info() override;
  std::string display() const override { return transport_->settings().display(); }
  void close() override { transport_->close(); }

 private:
  template <class T>
  Task<Result<T>> finish(std::shared_ptr<Answer<T>> answer);
  Result<void> usable() const;

  std::shared_ptr<Transport> transport_;
};

Result<void> GrpcClient::usable() const {
  if (!transport_->closed()) return {};
  return Error(Errc::cancelled, "the client of " + display() + " is closed");
}

// The answer; a call that close() broke off says so.
template <class T>
Task<Result<T>> GrpcClient::finish(std::shared_ptr<Answer<T>> answer) {
  // `this` may go while the call is under way.
  const std::shared_ptr<Transport> transport = transport_;
  Result<T> value = co_await detail::wait_for<T>(std::move(answer));
  if (value.has_error() && transport->closed()) {
    co_return Error(Errc::cancelled, "the client of " + transport->settings().display() + " was closed");
  }
  co_return value;
}

Task<Result<ServerInfo>> GrpcClient::server_info() {
  Result<void> open = usable();
  if (open.has_error()) co_return open.error();
  const std::shared_ptr<detail::Link> link = transport_->link();
  std::optional<ServerInfo> known = transport_->known_info(link);
  if (known.has_value()) co_return std::move(*known);
  std::shared_ptr<Answer<ServerInfo>> answer = detail::start_server_info(*transport_);
  Result<ServerInfo> info = co_await finish<ServerInfo>(std::move(answer));
  co_return info;
}

Task<Result<AppendOutcome>> GrpcClient::append(std::string stream, ExpectedRevision expected,
                                               std::span<const NewEvent> events) {
  Result<ServerInfo> info = co_await server_info();
  if (info.has_error()) co_return info.error();
  std::shared_ptr<Answer<AppendOutcome>> answer;
  if (info->batch_append) {
    const std::shared_ptr<detail::Link> link = transport_->link();
    const Result<std::shared_ptr<detail::BatchCall>> call = transport_->batch_call(link);
    if (call.has_error()) co_return call.error();
    const Uuid correlation = Uuid::random();
    answer = std::make_shared<Answer<AppendOutcome>>();
    auto messages = detail::make_batch(correlation, stream, expected, events, transport_->settings().default_deadline);
    if (!(*call)->submit(correlation, std::move(messages), answer)) {
      co_return Error(Errc::unavailable, "the connection to " + link->peer + " has just ended; nothing was sent");
    }
  } else {
    answer = detail::start_append(*transport_, stream, expected, events);
  }
  Result<AppendOutcome> outcome = co_await finish<AppendOutcome>(std::move(answer));
  co_return outcome;
}

Task<Result<StreamPage>> GrpcClient::read_stream(std::string stream, StreamStart from, ReadDirection direction,
                                                 std::uint64_t count) {
  Result<void> open = usable();
  if (open.has_error()) co_return open.error();
  const std::uint64_t asked = std::max<std::uint64_t>(1, count);
  auto answer = detail::start_read(*transport_, detail::make_read(stream, from, direction, asked));
  Result<detail::ReadAnswer> read = co_await finish<detail::ReadAnswer>(std::move(answer));
  if (read.has_error()) co_return read.error();
  StreamPage page;
  page.exists = read->stream_found;
  page.events = std::move(read->events);
  if (page.events.size() > asked) page.events.resize(asked);
  if (!page.events.empty() && (page.events.size() == asked || read->cut)) {
    const StreamRevision last = page.events.back().revision;
    if (direction == ReadDirection::forwards) page.next = last + 1;
    if (direction == ReadDirection::backwards && last > 0) page.next = last - 1;
  }
  co_return page;
}

Task<Result<AllPage>> GrpcClient::read_all(AllStart from, ReadDirection direction, std::uint64_t count) {
  Result<void> open = usable();
  if (open.has_error()) co_return open.error();
  const std::uint64_t asked = std::max<std::uint64_t>(1, count);
  auto answer = detail::start_read(*transport_, detail::make_read_all(from, direction, asked));
  Result<detail::ReadAnswer> read = co_await finish<detail::ReadAnswer>(std::move(answer));
  if (read.has_error()) co_return read.error();
  AllPage page;
  page.events = std::move(read->events);
  if (page.events.size() > asked) page.events.resize(asked);
  page.at_end = page.events.size() < asked && !read->cut;
  if (!page.events.empty()) page.last = page.events.back().position;
  co_return page;
}

Task<Result<void>> GrpcClient::delete_stream(std::string stream, ExpectedRevision expected) {
  Result<void> open = usable();
  if (open.has_error()) co_return open.error();
  auto answer = detail::start_delete(*transport_, stream, expected);
  Result<detail::Done> done = co_await finish<detail::Done>(std::move(answer));
  if (done.has_error()) co_return done.error();
  co_return Result<void>();
}

Task<Result<void>> GrpcClient::tombstone_stream(std::string stream, ExpectedRevision expected) {
  Result<void> open = usable();
  if (open.has_error()) co_return open.error();
  auto answer = detail::start_tombstone(*transport_, stream, expected);
  Result<detail::Done> done = co_await finish<detail::Done>(std::move(answer));
  if (done.has_error()) co_return done.error();
  co_return Result<void>();
}

}  // namespace

Result<std::shared_ptr<StoreClient>> make_grpc_client(ConnectionSettings settings) {
  Result<std::shared_ptr<Transport>> transport = Transport::make(std::move(settings));
  if (transport.has_error()) return transport.error();
  return std::shared_ptr<StoreClient>(std::make_shared<GrpcClient>(std::move(*transport)));
}

}  // namespace weir::connectors::eventstoredb
