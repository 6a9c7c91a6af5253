#include "embedded/eventstore/log/database.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

namespace weir::embedded::eventstore {

namespace {

constexpr std::size_t kBlockCacheBytes = std::size_t{64} << 20;
constexpr std::size_t kMemtablesBytes = std::size_t{96} << 20;
constexpr std::size_t kWalBytes = std::size_t{256} << 20;
constexpr double kBloomBitsPerKey = 10;

constexpr std::array<const char*, kFamilies> kNames = {"default", "log", "revisions", "ids", "streams"};

rocksdb::WALRecoveryMode recovery_mode(Storage::Database::Wal wal) {
  switch (wal) {
    case Storage::Database::Wal::whole:
      return rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    case Storage::Database::Wal::up_to_damage:
      return rocksdb::WALRecoveryMode::kPointInTimeRecovery;
    case Storage::Database::Wal::around_damage:
      return rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords;
  }
  std::abort();
}

rocksdb::DBOptions database_options(Storage::Database::Wal wal) {
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.max_open_files = 256;
  options.max_background_jobs = 2;
  options.db_write_buffer_size = kMemtablesBytes;
  options.max_total_wal_size = kWalBytes;
  options.wal_recovery_mode = recovery_mode(wal);
  options.track_and_verify_wals_in_manifest = true;  // to look, too: without it RocksDB would change the manifest
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.keep_log_file_num = 3;
  options.max_log_file_size = std::size_t{4} << 20;
  return options;
}

rocksdb::ColumnFamilyOptions family_options(Family family, const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.format_version = 5;
  // Point look-ups of keys that mostly are not there: a bloom filter answers them without touching the disk.
  const bool looked_up_blindly = family == kIds || family == kStreams;
  if (looked_up_blindly) table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBitsPerKey));
  table.block_size = family == kLog ? 16 << 10 : 4 << 10;

  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.write_buffer_size = std::size_t{32} << 20;
  options.compression = family == kIds ? rocksdb::kNoCompression : rocksdb::kLZ4Compression;
  options.level_compaction_dynamic_level_bytes = true;
  if (looked_up_blindly) {
    options.memtable_whole_key_filtering = true;
    options.memtable_prefix_bloom_size_ratio = 0.05;
  }
  return options;
}

std::vector<rocksdb::ColumnFamilyDescriptor> all_families() {
  const std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(kBlockCacheBytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> out;
  for (std::size_t family = 0; family < kFamilies; ++family) {
    out.emplace_back(kNames[family], family_options(static_cast<Family>(family), cache));
  }
  return out;
}

}  // namespace

rocksdb::Status Storage::Database::open(const std::filesystem::path& path, Wal wal, std::unique_ptr<Database>& out) {
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(database_options(wal), path.string(), all_families(), &handles, &db);
  if (!status.ok()) return status;
  out = std::make_unique<Database>();
  out->db.reset(db);
  std::copy(handles.begin(), handles.end(), out->families.begin());
  return status;
}

rocksdb::Status Storage::Database::find_end(const std::filesystem::path& path, Wal wal, Position& out) {
  rocksdb::DBOptions options = database_options(wal);
  options.create_if_missing = false;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status status =
      rocksdb::DB::OpenForReadOnly(options, path.string(), all_families(), &handles, &opened);
  out = 0;
  // Killed while it was being made, before it had all column families.
  if (status.IsInvalidArgument() && status.ToString().find("olumn famil") != std::string::npos) return {};
  if (!status.ok()) return status;
  Database database;
  database.db.reset(opened);
  std::copy(handles.begin(), handles.end(), database.families.begin());
  std::string next;
  const rocksdb::Status found = opened->Get({}, database.families[kCounters], slice(kNextPositionKey), &next);
  if (found.ok() && next.size() == 8) out = get_u64(next.data()) - 1;
  return found.IsNotFound() ? rocksdb::Status() : found;
}

rocksdb::Status Storage::Database::flush() {
  return db->Flush({}, {families.begin(), families.end()});
}

Storage::Database::~Database() {
  for (rocksdb::ColumnFamilyHandle* family : families) db->DestroyColumnFamilyHandle(family).PermitUncheckedError();
  db->Close().PermitUncheckedError();
}

}  // namespace weir::embedded::eventstore
