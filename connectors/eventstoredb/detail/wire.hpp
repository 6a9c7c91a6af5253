// Between our types and the messages of the protocol.
#pragma once

#include "connectors/eventstoredb/client.hpp"
#include "proto/streams.pb.h"

#include <memory>
#include <string>
#include <vector>

namespace weir::connectors::eventstoredb::detail {

namespace wire = event_store::client;
namespace wire_streams = event_store::client::streams;

// The server's limit of one message is 16 MiB; the official clients send at most this much in one.
inline constexpr std::size_t kMessageTarget = 3 * 1024 * 1024;

void write_uuid(const Uuid& id, wire::UUID& out);
std::optional<Uuid> read_uuid(const wire::UUID& in);

// One append as BatchAppend messages: the first with the options, the last is_final, none much above kMessageTarget
// unless a single event is.
std::vector<std::unique_ptr<wire_streams::BatchAppendReq>> make_batch(const Uuid& correlation,
                                                                      const std::string& stream,
                                                                      const ExpectedRevision& expected,
                                                                      std::span<const NewEvent> events,
                                                                      Duration deadline);
// One append as the messages of an Append call: the options, then one per event.
std::vector<wire_streams::AppendReq> make_append(const std::string& stream, const ExpectedRevision& expected,
                                                 std::span<const NewEvent> events);

// What the server said of a batch. An answer that makes no sense is Errc::internal.
Result<AppendOutcome> read_batch_answer(const wire_streams::BatchAppendResp& answer, const std::string& peer);
Result<AppendOutcome> read_append_answer(const wire_streams::AppendResp& answer, const std::string& peer);

// False: the event is not whole (no id, no stream), which is the server's fault.
bool read_event(const wire_streams::ReadResp::ReadEvent& in, RecordedEvent& out);

wire_streams::ReadReq make_read(const std::string& stream, StreamStart from, ReadDirection direction,
                                std::uint64_t count);
wire_streams::ReadReq make_read_all(AllStart from, ReadDirection direction, std::uint64_t count);

// For Delete and Tombstone, whose options have the same members.
template <class Options>
void write_target(const std::string& stream, const ExpectedRevision& expected, Options& options) {
  options.mutable_stream_identifier()->set_stream_name(stream);
  switch (expected.kind()) {
    case ExpectedRevision::Kind::any:
      options.mutable_any();
      break;
    case ExpectedRevision::Kind::stream_exists:
      options.mutable_stream_exists();
      break;
    case ExpectedRevision::Kind::no_stream:
      options.mutable_no_stream();
      break;
    case ExpectedRevision::Kind::exact:
      options.set_revision(expected.revision());
      break;
  }
}

}  // namespace weir::connectors::eventstoredb::detail
