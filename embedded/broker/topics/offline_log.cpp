#include "embedded/broker/topics/offline_log.hpp"

namespace weir::embedded::broker::topics {

namespace {

class OfflineLog final : public storage::PartitionLog {
 public:
  explicit OfflineLog(std::int32_t leader_epoch) : leader_epoch_(leader_epoch) {}

  storage::Appended append(std::string_view) override {
    storage::Appended refused;
    refused.error = wire::ErrorCode::kafka_storage_error;
    refused.message = "The partition is offline: its log could not be opened. The broker's log says why.";
    return refused;
  }
  storage::Fetched read(Offset, std::uint32_t, bool) override {
    storage::Fetched refused;
    refused.error = wire::ErrorCode::kafka_storage_error;
    return refused;
  }
  std::uint64_t available(Offset, std::uint64_t) const override { return 0; }

  Offset log_start() const override { return 0; }
  Offset high_watermark() const override { return 0; }
  Offset end() const override { return 0; }
  std::int32_t leader_epoch() const override { return leader_epoch_; }
  bool failed() const override { return true; }
  std::uint64_t size_bytes() const override { return 0; }

  void when_durable(Offset, Durable done) override { done(wire::ErrorCode::kafka_storage_error); }
  Ticket watch(std::function<void()>) override { return std::make_shared<int>(); }

  std::optional<storage::TimestampedOffset> find_timestamp(std::int64_t) override { return std::nullopt; }
  std::optional<storage::TimestampedOffset> newest_timestamp() override { return std::nullopt; }
  EpochEnd end_of_epoch(std::int32_t) const override { return {}; }
  Deleted delete_before(Offset) override { return {.error = wire::ErrorCode::kafka_storage_error, .log_start = -1}; }

  void set_settings(storage::LogSettings) override {}
  void tend() override {}
  void sync() override {}
  // Not in order: what is in the files was not looked at, so the next start has to.
  Result<void> close() override { return Error(Errc::corrupt, "The partition was offline."); }
  void abandon() override {}

 private:
  std::int32_t leader_epoch_;
};

}  // namespace

std::unique_ptr<storage::PartitionLog> make_offline_log(std::int32_t leader_epoch) {
  return std::make_unique<OfflineLog>(leader_epoch);
}

}  // namespace weir::embedded::broker::topics
