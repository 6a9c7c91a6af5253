#include "embedded/eventstore/calls/read_request.hpp"

namespace weir::embedded::eventstore {

namespace {

using Options = wire::streams::ReadReq::Options;

constexpr std::uint64_t kEndOnWire = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint32_t kDefaultWindow = 32;

Error refused(const std::string& why) {
  return Error(Errc::invalid_argument, why);
}

// Where a read begins, once for streams and once for the log.
struct Start {
  std::optional<std::uint64_t> at;  // none: the very start
  bool from_end = false;
};

Result<Start> stream_start(const Options::StreamOptions& options) {
  Start start;
  switch (options.revision_option_case()) {
    case Options::StreamOptions::kStart:
      return start;
    case Options::StreamOptions::kEnd:
      start.from_end = true;
      return start;
    case Options::StreamOptions::kRevision:
      if (options.revision() == kEndOnWire) {
        start.from_end = true;
      } else if (options.revision() > static_cast<std::uint64_t>(kDeletedRevision)) {
        return refused("options.stream.revision is larger than any revision");
      } else {
        start.at = options.revision();
      }
      return start;
    default:
      return refused("options.stream needs one of revision, start, end");
  }
}

Result<Start> log_start(const Options::AllOptions& options) {
  Start start;
  switch (options.all_option_case()) {
    case Options::AllOptions::kStart:
      return start;
    case Options::AllOptions::kEnd:
      start.from_end = true;
      return start;
    case Options::AllOptions::kPosition:
      if (options.position().commit_position() < options.position().prepare_position()) {
        return refused("invalid position: the commit position is less than the prepare position");
      }
      if (options.position().commit_position() == kEndOnWire) {
        start.from_end = true;
      } else {
        start.at = options.position().commit_position();
      }
      return start;
    default:
      return refused("options.all needs one of position, start, end");
  }
}

Result<EventFilter> event_filter(const Options::FilterOptions& options) {
  using Filter = Options::FilterOptions;
  if (options.filter_case() == Filter::FILTER_NOT_SET)
    return refused("options.filter needs stream_identifier or event_type");
  if (options.window_case() == Filter::WINDOW_NOT_SET) return refused("options.filter needs max or count");
  const bool by_type = options.filter_case() == Filter::kEventType;
  const Filter::Expression& expression = by_type ? options.event_type() : options.stream_identifier();
  const EventFilter::Subject subject = by_type ? EventFilter::Subject::type : EventFilter::Subject::stream;
  if (!expression.regex().empty()) return EventFilter::by_regex(subject, expression.regex());
  if (expression.prefix().empty()) return refused("options.filter needs a regex or prefixes");
  return EventFilter::by_prefix(subject, {expression.prefix().begin(), expression.prefix().end()});
}

Result<std::uint64_t> checkpoint_interval(const Options::FilterOptions& options) {
  if (options.checkpointintervalmultiplier() == 0)
    return refused("options.filter.checkpointIntervalMultiplier must be at least 1");
  const bool has_max = options.window_case() == Options::FilterOptions::kMax && options.max() != 0;
  const std::uint64_t window = has_max ? options.max() : kDefaultWindow;
  return window * options.checkpointintervalmultiplier();
}

Direction direction_of(const Options& options) {
  return options.read_direction() == Options::Backwards ? Direction::backwards : Direction::forwards;
}

Result<CheckedRead> check_stream(const Reader& reader, const Options& options) {
  if (options.filter_option_case() != Options::kNoFilter)
    return refused("reads of a stream take no filter; set options.no_filter");
  CheckedRead out;
  const std::optional<std::string> name =
      wire::stream_name(options.stream().has_stream_identifier(), options.stream().stream_identifier());
  if (!name) return refused("options.stream.stream_identifier is missing or is no stream");
  const Result<Start> start = stream_start(options.stream());
  if (!start) return start.error();
  out.stream = *name;
  std::optional<Revision> from;
  if (start->at) from = static_cast<Revision>(*start->at);

  if (options.count_option_case() == Options::kSubscription) {
    out.is_subscription = true;
    out.session = subscribe_stream_session(reader, {*name, from, start->from_end, options.resolve_links()});
    return out;
  }
  StreamReadRequest request;
  request.stream = *name;
  request.direction = direction_of(options);
  request.from = from;
  request.from_end = start->from_end;
  if (request.direction == Direction::backwards && !start->at && !start->from_end)
    request.from = 0;  // backwards from the start: revision 0
  request.count = options.count();
  request.resolve_links = options.resolve_links();
  request.wants_positions = options.control_option().compatibility() >= 1;
  out.session = read_stream_session(reader, std::move(request));
  return out;
}

Result<CheckedRead> check_log(const Reader& reader, const Options& options) {
  if (options.filter_option_case() == Options::FILTER_OPTION_NOT_SET)
    return refused("options needs filter or no_filter");
  CheckedRead out;
  out.stream = "$all";
  const Result<Start> start = log_start(options.all());
  if (!start) return start.error();
  EventFilter filter;
  if (options.has_filter()) {
    Result<EventFilter> compiled = event_filter(options.filter());
    if (!compiled) return compiled.error();
    filter = std::move(*compiled);
  }
  if (options.count_option_case() == Options::kSubscription) {
    LogSubscriptionRequest request{start->at, start->from_end, options.resolve_links(), std::move(filter), 0};
    if (options.has_filter()) {
      const Result<std::uint64_t> interval = checkpoint_interval(options.filter());
      if (!interval) return interval.error();
      request.checkpoint_interval = *interval;
    }
    out.is_subscription = true;
    out.session = subscribe_log_session(reader, std::move(request));
    return out;
  }
  out.session = read_log_session(reader, {direction_of(options), start->at, start->from_end, options.count(),
                                          options.resolve_links(), std::move(filter)});
  return out;
}

}  // namespace

Result<CheckedRead> check_read(const Reader& reader, const wire::streams::ReadReq& request) {
  const Options& options = request.options();
  if (options.uuid_option().content_case() == Options::UUIDOption::CONTENT_NOT_SET)
    return refused("options.uuid_option is missing");
  if (options.count_option_case() == Options::COUNT_OPTION_NOT_SET)
    return refused("options needs count or subscription");
  if (options.has_subscription() && options.read_direction() != Options::Forwards)
    return refused("a subscription reads forwards only");
  if (options.stream_option_case() == Options::STREAM_OPTION_NOT_SET) return refused("options needs stream or all");
  Result<CheckedRead> read = options.has_stream() ? check_stream(reader, options) : check_log(reader, options);
  if (read && options.uuid_option().has_string()) read->uuid_form = wire::UuidForm::text;
  return read;
}

}  // namespace weir::embedded::eventstore
