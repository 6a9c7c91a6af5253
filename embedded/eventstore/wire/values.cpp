#include "embedded/eventstore/wire/values.hpp"

#include "embedded/eventstore/log/stream_metadata.hpp"

namespace weir::embedded::eventstore::wire {

std::optional<Uuid> parse_uuid(const proto::UUID& id) {
  switch (id.value_case()) {
    case proto::UUID::kStructured:
      return Uuid{static_cast<std::uint64_t>(id.structured().most_significant_bits()),
                  static_cast<std::uint64_t>(id.structured().least_significant_bits())};
    case proto::UUID::kString:
      return Uuid::parse(id.string());
    default:
      return std::nullopt;
  }
}

void write_uuid(const Uuid& id, UuidForm form, proto::UUID& out) {
  if (form == UuidForm::text) {
    out.set_string(id.str());
    return;
  }
  out.mutable_structured()->set_most_significant_bits(static_cast<std::int64_t>(id.high));
  out.mutable_structured()->set_least_significant_bits(static_cast<std::int64_t>(id.low));
}

std::optional<std::string> stream_name(bool given, const proto::StreamIdentifier& identifier) {
  if (!given || is_unwritable_name(identifier.stream_name())) return std::nullopt;
  return identifier.stream_name();
}

std::optional<ExpectedRevision> expected_of(const streams::BatchAppendReq::Options& options) {
  using Options = streams::BatchAppendReq::Options;
  switch (options.expected_stream_position_case()) {
    case Options::kAny:
      return ExpectedRevision::any();
    case Options::kNoStream:
      return ExpectedRevision::no_stream();
    case Options::kStreamExists:
      return ExpectedRevision::stream_exists();
    case Options::kStreamPosition:
      if (options.stream_position() >= static_cast<std::uint64_t>(kDeletedRevision)) return std::nullopt;
      return ExpectedRevision::exact(options.stream_position());
    default:
      return std::nullopt;
  }
}

}  // namespace weir::embedded::eventstore::wire
