// Which requests of one connection have to see what earlier ones of it wrote.
//
// Kafka takes the next request of a connection when the one before is answered. Here they overlap, so that a disk's
// sync serves many; only who would notice waits.
#pragma once

#include <string_view>

namespace weir::embedded::broker::net {

enum class RequestOrder {
  free,   // neither
  write,  // is done when it is answered: Produce, OffsetCommit, DeleteGroups, OffsetDelete
  read,   // must see what the writes in front of it did
};

// By the first two bytes of a request, its API key. Too few bytes, unknown keys: free.
RequestOrder order_of(std::string_view frame);

}  // namespace weir::embedded::broker::net
