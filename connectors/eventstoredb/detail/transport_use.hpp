// TransportUse: what a call holds instead of owning its Transport.
#pragma once

namespace weir::connectors::eventstoredb::detail {

class Transport;

// While one exists, the Transport does not end. To be declared
// first, so that whatever refers to a channel is gone when it is.
//
// Lifetime: a call's. Executor: any thread. Cancellation, Errors: none.
class TransportUse {
 public:
  explicit TransportUse(Transport& transport);
  ~TransportUse();
  TransportUse(const TransportUse&) = delete;
  TransportUse& operator=(const TransportUse&) = delete;
  Transport* operator->() const { return &transport_; }

 private:
  Transport& transport_;
};

}  // namespace weir::connectors::eventstoredb::detail
