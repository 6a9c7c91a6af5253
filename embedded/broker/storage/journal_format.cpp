#include "embedded/broker/storage/journal_format.hpp"

#include "embedded/broker/storage/crc32c.hpp"
#include "embedded/broker/storage/journal.hpp"

#include <algorithm>
#include <optional>

namespace weir::embedded::broker::storage {
namespace {

constexpr std::string_view kJournalMagic = "WEIRJRNL";
constexpr std::uint32_t kJournalVersion = 1;

template <class U>
void put_number(std::string& to, U value) {
  for (int shift = 8 * (static_cast<int>(sizeof(U)) - 1); shift >= 0; shift -= 8) {
    to.push_back(static_cast<char>(value >> shift));
  }
}

template <class U>
U get_number(std::string_view bytes, std::size_t at) {
  U value = 0;
  for (std::size_t i = 0; i < sizeof(U); ++i) {
    value = static_cast<U>((value << 8) | static_cast<unsigned char>(bytes[at + i]));
  }
  return value;
}

constexpr std::size_t kSeedAt = 12;
constexpr std::size_t kHeadChecksumAt = 16;

std::uint32_t entry_checksum(JournalSeed seed, std::string_view head, std::string_view payload) {
  return crc32c(payload, crc32c(head.substr(8, 8), crc32c(head.substr(0, 4), seed)));
}

struct EntryHead {
  std::uint32_t length = 0;
  std::uint32_t checksum = 0;
  std::uint64_t durable = 0;
};

// The head at `at`, if an entry of its length fits into the rest.
std::optional<EntryHead> head_at(std::string_view bytes, std::uint64_t at) {
  const std::string_view rest = bytes.substr(at);
  if (rest.size() < kJournalEntryHead) return std::nullopt;
  const EntryHead head{get_number<std::uint32_t>(rest, 0), get_number<std::uint32_t>(rest, 4),
                       get_number<std::uint64_t>(rest, 8)};
  if (head.length > Journal::kMaxEntry || head.length > rest.size() - kJournalEntryHead) return std::nullopt;
  return head;
}

bool is_valid(JournalSeed seed, std::string_view bytes, std::uint64_t at, const EntryHead& head) {
  const std::string_view entry = bytes.substr(at, kJournalEntryHead + head.length);
  return entry_checksum(seed, entry.substr(0, kJournalEntryHead), entry.substr(kJournalEntryHead)) == head.checksum;
}

// What entries behind a bad one know to have been on disk. They may begin anywhere there. The claim is compared before
// the checksum is made, so that few places cost more than a look; bytes made to cost more count as damage.
std::uint64_t durable_behind(JournalSeed seed, std::string_view bytes, std::uint64_t bad) {
  constexpr std::uint64_t kMostWork = std::uint64_t{4} << 30;
  std::uint64_t durable = bad;
  std::uint64_t work = 0;
  for (std::uint64_t at = bad + 1; at < bytes.size(); ++at) {
    const std::optional<EntryHead> head = head_at(bytes, at);
    if (!head || head->durable <= durable) continue;
    if (is_valid(seed, bytes, at, *head)) durable = head->durable;
    work += head->length;
    if (work > kMostWork) return std::max<std::uint64_t>(durable, bytes.size());
  }
  return durable;
}

}  // namespace

std::string journal_head(JournalSeed seed) {
  std::string head(kJournalMagic);
  put_number(head, kJournalVersion);
  put_number(head, seed);
  put_number(head, crc32c(head));
  return head;
}

std::string journal_entry_head(JournalSeed seed, std::uint64_t durable, std::string_view payload) {
  std::string head;
  head.reserve(kJournalEntryHead);
  put_number(head, static_cast<std::uint32_t>(payload.size()));
  put_number(head, std::uint32_t{0});
  put_number(head, durable);
  std::string sum;
  put_number(sum, entry_checksum(seed, head, payload));
  return head.replace(4, 4, sum);
}

std::string journal_file(JournalSeed seed, std::span<const std::string_view> entries) {
  std::uint64_t size = kJournalHead;
  for (const std::string_view entry : entries) size += kJournalEntryHead + entry.size();
  std::string bytes = journal_head(seed);
  bytes.reserve(size);
  for (const std::string_view entry : entries) bytes.append(journal_entry_head(seed, size, entry)).append(entry);
  return bytes;
}

Result<JournalScan> scan_journal(std::string_view bytes) {
  // The head is on disk before the file gets its name: it can be damaged, but never torn.
  if (bytes.size() < kJournalHead || !bytes.starts_with(kJournalMagic) ||
      crc32c(bytes.substr(0, kHeadChecksumAt)) != get_number<std::uint32_t>(bytes, kHeadChecksumAt)) {
    return Error(
        Errc::corrupt,
        "it does not begin as a journal does (byte 0). Restore it from a backup, or start once with repair on, "
        "which begins an empty one (and keeps a copy of the file beside it)");
  }
  if (const std::uint32_t version = get_number<std::uint32_t>(bytes, 8); version != kJournalVersion) {
    return Error(Errc::unsupported, "it has format version " + std::to_string(version) + ", this weir reads version " +
                                        std::to_string(kJournalVersion) +
                                        "; use the weir that wrote it, or a newer one");
  }
  JournalScan scan;
  scan.seed = get_number<JournalSeed>(bytes, kSeedAt);
  scan.end = scan.last_entry_end = kJournalHead;
  while (const std::optional<EntryHead> head = head_at(bytes, scan.end)) {
    if (!is_valid(scan.seed, bytes, scan.end, *head)) break;
    const std::string_view payload = bytes.substr(scan.end + kJournalEntryHead, head->length);
    scan.end += kJournalEntryHead + head->length;
    scan.durable = std::max(scan.durable, head->durable);
    if (payload.empty()) continue;
    scan.entries.push_back(payload);
    scan.last_entry_end = scan.end;
  }
  if (scan.end < bytes.size()) scan.durable = std::max(scan.durable, durable_behind(scan.seed, bytes, scan.end));
  return scan;
}

}  // namespace weir::embedded::broker::storage
