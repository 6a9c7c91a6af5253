// RocksDB as the store uses it: column families and their tuning. Private to storage.cpp.
#pragma once

#include "embedded/eventstore/log/storage.hpp"

#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include <array>

namespace weir::embedded::eventstore {

enum Family : std::size_t { kCounters, kLog, kRevisions, kIds, kStreams, kFamilies };

// Keys of the counters family.
inline constexpr std::string_view kFormatKey = "format";
inline constexpr std::string_view kNextPositionKey = "next_position";
inline constexpr std::string_view kNextStreamKey = "next_stream";

inline rocksdb::Slice slice(std::string_view text) {
  return {text.data(), text.size()};
}
inline std::string_view text(const rocksdb::Slice& bytes) {
  return {bytes.data(), bytes.size()};
}

struct Storage::Database {
  std::unique_ptr<rocksdb::DB> db;
  std::array<rocksdb::ColumnFamilyHandle*, kFamilies> families{};

  static rocksdb::Status open(const std::filesystem::path& path, std::unique_ptr<Database>& out);
  ~Database();
};

struct WriteGroup::Impl {
  rocksdb::WriteBatch changes;
  std::array<rocksdb::ColumnFamilyHandle*, kFamilies> families{};
};

}  // namespace weir::embedded::eventstore
