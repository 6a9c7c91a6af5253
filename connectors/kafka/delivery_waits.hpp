// DeliveryWaits: who waits for the reports of records that were handed over. Private to this folder.
#pragma once

#include "connectors/kafka/client.hpp"

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace weir::connectors::kafka {

// One record's report: who is to be told, and where.
struct DeliveryWait {
  Executor executor;
  DeliveryHandler done;

 private:
  friend class DeliveryWaits;
  DeliveryWait* before_ = nullptr;
  DeliveryWait* behind_ = nullptr;
};

// Tells, on the executor of whoever waits.
void tell(std::unique_ptr<DeliveryWait> wait, Result<Offset> result);

// librdkafka carries one pointer per record from the call to the report. A client that ends may owe reports; whoever waits
// for them would wait for ever, so they are on this list meanwhile.
//
// Lifetime: longer than the client's. Executor: any thread. Cancellation, Errors: none.
class DeliveryWaits {
 public:
  DeliveryWaits() = default;
  ~DeliveryWaits();
  DeliveryWaits(const DeliveryWaits&) = delete;
  DeliveryWaits& operator=(const DeliveryWaits&) = delete;

  // Before the record is handed over: the report may come at once. The pointer to hand over with it.
  DeliveryWait* add(std::unique_ptr<DeliveryWait> wait);
  // When its report has come, or it was not taken.
  std::unique_ptr<DeliveryWait> take(DeliveryWait* wait);
  // When no report comes any more: tells all that are left, and how many they were.
  std::size_t tell_all(const Error& error);

 private:
  std::mutex mutex_;
  DeliveryWait* first_ = nullptr;
};

}  // namespace weir::connectors::kafka
