#include "proto/grpc_lifetime.hpp"

#include <grpc/grpc.h>

namespace weir::proto {

void keep_grpc() {
  [[maybe_unused]] static const bool kept = (grpc_init(), true);
}

}  // namespace weir::proto
