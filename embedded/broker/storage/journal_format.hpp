// The bytes of a journal, apart from files: how they are put together and how they are judged.
//
//   file   = magic "WEIRJRNL", u32 version, u32 seed, u32 CRC-32C of the sixteen bytes before
//   entry  = u32 length, u32 CRC-32C of (length, durable, payload) begun with the seed, u64 durable, payload
//
// All numbers big-endian. The seed is a random number of this file: payloads hold bytes of clients, who must not be
// able to write what would pass for an entry where entries are looked for behind a bad one. `durable` is the size of
// the file that was known to be on disk when the entry was written. After a crash it tells a torn tail, where unsynced
// writes may be missing in any pattern, from damage: everything below the largest `durable` found anywhere must be
// whole. An entry without payload is a mark, written only to say that.
#pragma once

#include "pipeline/base/result.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::embedded::broker::storage {

inline constexpr std::size_t kJournalHead = 20;       // of the file
inline constexpr std::size_t kJournalEntryHead = 16;  // of an entry

using JournalSeed = std::uint32_t;

std::string journal_head(JournalSeed seed);
// What stands before the payload of an entry.
std::string journal_entry_head(JournalSeed seed, std::uint64_t durable, std::string_view payload);
// A file of these entries. It gets its name only when all of it is on disk, and so every entry says.
std::string journal_file(JournalSeed seed, std::span<const std::string_view> entries);

struct JournalScan {
  JournalSeed seed = 0;
  std::vector<std::string_view> entries;  // payloads, in order, up to the first bad byte; without marks
  std::uint64_t end = 0;                  // behind the last good entry: what follows is torn or damaged
  std::uint64_t last_entry_end = 0;       // behind the last one that is no mark
  std::uint64_t durable = 0;  // the most that any entry knows to have been on disk, damaged parts searched too

  // Something below what was on disk is gone.
  bool damaged() const { return end < durable; }
};

// Judges a whole file. Errc::corrupt or unsupported for its first bytes.
Result<JournalScan> scan_journal(std::string_view bytes);

}  // namespace weir::embedded::broker::storage
