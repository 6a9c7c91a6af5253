#include "embedded/broker/net/request_order.hpp"

#include "embedded/broker/wire/messages.hpp"

namespace weir::embedded::broker::net {

RequestOrder order_of(std::string_view frame) {
  using wire::ApiKey;
  if (frame.size() < 2) return RequestOrder::free;
  switch (static_cast<ApiKey>(wire::Reader(frame).i16())) {
    case ApiKey::produce:
    case ApiKey::offset_commit:
    case ApiKey::delete_groups:
    case ApiKey::offset_delete:
      return RequestOrder::write;
    case ApiKey::fetch:
    case ApiKey::list_offsets:
    case ApiKey::offset_fetch:
    case ApiKey::describe_groups:
    case ApiKey::list_groups:
    case ApiKey::delete_records:
    case ApiKey::offset_for_leader_epoch:
      return RequestOrder::read;
    default:
      return RequestOrder::free;
  }
}

}  // namespace weir::embedded::broker::net
