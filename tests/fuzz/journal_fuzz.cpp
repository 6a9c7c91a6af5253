// A journal through anything: any bytes as its file, or (second kind, by the first byte) any work with the power gone
// at the end of it. It refuses, or gives back whole entries in order, none of those missing that were confirmed.
#include "embedded/broker/storage/journal.hpp"
#include "embedded/broker/storage/journal_format.hpp"
#include "tests/embedded/broker/storage/fault_file_system.hpp"
#include "tests/embedded/broker/storage/manual_flusher.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace {

using namespace weir::embedded::broker::storage;

const char* const kPath = "/data/fuzz.log";

void require(bool holds) {
  if (!holds) std::abort();
}

weir::Result<std::unique_ptr<Journal>> open_journal(FileSystem& disk, Flusher& flusher, bool repair,
                                                    std::vector<std::string>& entries) {
  entries.clear();
  const auto replay = [&entries](std::string_view entry) -> weir::Result<void> {
    entries.emplace_back(entry);
    return {};
  };
  return Journal::open(disk, flusher, kPath, replay, repair);
}

// After any opening that succeeds the journal works, and the next one gives the same entries and the new one.
void open_bytes(std::string_view bytes) {
  FaultFileSystem disk;
  ManualFlusher flusher;
  disk.put(kPath, bytes);
  std::vector<std::string> entries;
  auto opened = open_journal(disk, flusher, false, entries);
  if (!opened) {
    require(opened.error().code() == weir::Errc::corrupt || opened.error().code() == weir::Errc::unsupported);
    require(disk.contents(kPath) == bytes);
    opened = open_journal(disk, flusher, true, entries);
    if (!opened) return;
  }
  require((*opened)->append("new").has_value() && (*opened)->sync_now().has_value());
  opened->reset();
  std::vector<std::string> wanted = entries;
  wanted.emplace_back("new");
  require(open_journal(disk, flusher, false, entries).has_value());
  require(entries == wanted);
}

void work_until_power_loss(const std::uint8_t* data, std::size_t size) {
  FaultFileSystem disk;
  ManualFlusher flusher;
  std::vector<std::string> appended;
  std::vector<std::string> entries;
  std::size_t confirmed = 0;
  auto journal = open_journal(disk, flusher, false, entries);
  require(journal.has_value());
  std::uint64_t seed = size;
  for (; size > 0; ++data, --size) {
    seed = seed * 31 + *data;
    switch (*data % 8) {
      case 0:
        require((*journal)->rewrite(appended).has_value());
        confirmed = appended.size();
        break;
      case 1:
        flusher.run_round();
        break;
      case 2:
        (*journal)->sync([&confirmed, count = appended.size()](const weir::Result<void>& done) {
          require(done.has_value());
          confirmed = std::max(confirmed, count);
        });
        break;
      case 3: {
        disk.kill();
        journal->reset();
        flusher.forget();
        disk.restart();
        journal = open_journal(disk, flusher, false, entries);
        require(journal.has_value() && entries == appended);
        confirmed = appended.size();
        break;
      }
      default:
        appended.push_back(std::string(1 + std::size_t{*data} * 7, static_cast<char>(*data)));
        require((*journal)->append(appended.back()).has_value());
    }
  }
  disk.lose_power(seed);
  journal->reset();
  flusher.forget();
  disk.restart();
  require(open_journal(disk, flusher, false, entries).has_value());
  require(entries.size() >= confirmed && entries.size() <= appended.size());
  require(std::equal(entries.begin(), entries.end(), appended.begin()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 3) {
    case 0:
      open_bytes(bytes);
      break;
    case 1:
      open_bytes(journal_head(7) + std::string(bytes));
      break;
    default:
      if (size <= 200) work_until_power_loss(data + 1, size - 1);
  }
  return 0;
}
