// The broker and the event store of `weir dev`: on fixed ports, and what `embedded` means to its pipelines.
#pragma once

#include "pipeline/base/result.hpp"
#include "pipeline/topology/registry.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace weir::cli {

// Lifetime: start() .. stop() or destructor; outlives the supervisor whose registry it was offered to. Executor: the
// main thread, but for what is offered: any. Cancellation: none. Errors: start() names the port that is taken and the
// option for another one, or the directory in use.
class DevServers {
 public:
  struct Settings {
    std::filesystem::path data_dir;
    std::uint16_t kafka_port = 9092;  // 0: any free one
    std::uint16_t store_port = 2113;
    std::int32_t partitions = 3;
  };
  static Result<std::unique_ptr<DevServers>> start(const Settings& settings);
  ~DevServers();

  std::string broker_address() const;  // "127.0.0.1:9092"
  std::string store_address() const;   // "esdb://127.0.0.1:2113?tls=false"
  // Where they keep their data: the same places as the embedded servers of `weir run`.
  static std::filesystem::path broker_data(const std::filesystem::path& data_dir) { return data_dir / "broker"; }
  static std::filesystem::path store_data(const std::filesystem::path& data_dir) { return data_dir / "eventstore"; }

  // Connections that say `embedded` reach these servers; their close() does not stop them.
  void offer_to(Registry& registry) const;
  // The store, then the broker. Idempotent. Errors: those of the broker's stop().
  Result<void> stop();

 private:
  struct Impl;
  explicit DevServers(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Removes what the two servers have stored below `data_dir`. Errors: already_exists when one of them is running there.
Result<void> remove_server_data(const std::filesystem::path& data_dir);

}  // namespace weir::cli
