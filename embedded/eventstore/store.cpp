#include "embedded/eventstore/store.hpp"

#include "embedded/eventstore/log/system_events.hpp"

namespace weir::embedded::eventstore {

Result<std::unique_ptr<Store>> Store::open(const Storage::Options& options, const Clock& clock) {
  Result<std::unique_ptr<Storage>> storage = Storage::open(options);
  if (!storage) return storage.error();
  std::unique_ptr<Store> store(new Store(std::move(*storage), clock));
  Result<void> written = store->sequencer_.write_first_events(first_events());
  if (!written) return written.error();
  store->sequencer_.start();
  return store;
}

}  // namespace weir::embedded::eventstore
