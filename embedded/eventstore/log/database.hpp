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

  // What is read of the write-ahead log, which holds the last writes: all of it (an end that is too short passes, for it
  // was never acknowledged), only what comes before the first damage, or what can be read before and behind it (to look,
  // never to open). A file of the log that is gone or shorter than it was is corruption in all of them, unless it was the
  // last.
  enum class Wal { whole, up_to_damage, around_damage };
  static rocksdb::Status open(const std::filesystem::path& path, Wal wal, std::unique_ptr<Database>& out);
  // Where the log ends, of a database that nobody has open; changes nothing. 0: it is empty, or was never quite made.
  static rocksdb::Status find_end(const std::filesystem::path& path, Wal wal, Position& out);
  // Leaves nothing that only the write-ahead log has.
  rocksdb::Status flush();
  ~Database();
};

struct WriteGroup::Impl {
  rocksdb::WriteBatch changes;
  std::array<rocksdb::ColumnFamilyHandle*, kFamilies> families{};
  Position end = 0;  // of the log, after this group
};

}  // namespace weir::embedded::eventstore
