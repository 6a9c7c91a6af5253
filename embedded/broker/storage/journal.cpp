#include "embedded/broker/storage/journal.hpp"

#include "embedded/broker/storage/journal_format.hpp"
#include "pipeline/base/uuid.hpp"

#include <algorithm>
#include <optional>

namespace weir::embedded::broker::storage {
namespace {

constexpr std::uint64_t kEverything = UINT64_MAX;

std::filesystem::path with_suffix(std::filesystem::path path, std::string_view suffix) {
  return path += suffix;
}

std::string journal_context(const std::filesystem::path& path) {
  return "journal '" + path.string() + "'";
}

JournalSeed new_seed() {
  return static_cast<JournalSeed>(Uuid::random().low);
}

// Makes `path` a file of these bytes that is whole on disk, or leaves what was there. `*renamed` tells which of the two
// a failure left uncertain.
Result<std::shared_ptr<File>> replace_file(FileSystem& files, const std::filesystem::path& path, std::string_view bytes,
                                           bool* renamed) {
  const std::filesystem::path aside = with_suffix(path, ".new");
  if (const Result<void> removed = files.remove(aside); !removed) return removed.error();
  {
    const Result<std::shared_ptr<File>> made = files.open(aside, FileSystem::Mode::create);
    if (!made) return made.error();
    const std::string_view parts[] = {bytes};
    Result<void> done = (*made)->write_at(0, parts);
    if (done) done = (*made)->sync();
    if (!done) {
      files.remove(aside);  // it takes room; the failure is told already
      return done.error();
    }
  }
  *renamed = true;
  if (const Result<void> done = files.rename(aside, path); !done) return done.error();
  // A crash before this leaves the old name or the new one, each of a whole file.
  if (const Result<void> done = files.sync_directory(path.parent_path()); !done) return done.error();
  return files.open(path, FileSystem::Mode::read_write);
}

class FileJournal final : public Journal {
 public:
  // What the callback of a sync needs, which may come when the journal is gone.
  struct State {
    std::shared_ptr<File> file;
    JournalSeed seed = 0;
    std::uint64_t size = 0;
    std::uint64_t durable = 0;         // of size, known to be on disk
    std::uint64_t claimed = 0;         // the largest `durable` that stands in the file
    std::uint64_t last_entry_end = 0;  // without marks
    std::uint64_t rewrites = 0;
    std::uint64_t reserved = 0;  // up to where the disk has room for sure; kEverything: nobody can say
    std::optional<Error> failure;

    void fail(const Error& error) {
      if (!failure)
        failure = error.with_context(journal_context(file->path()) +
                                     " takes no more entries until the broker is started again");
    }
    // Fails when the disk has no room up to `end`.
    Result<void> reserve(std::uint64_t end) {
      if (end <= reserved) return {};
      const Result<void> done = file->reserve(end);
      if (!done && is_disk_full(done.error())) return done;
      reserved = done ? end : kEverything;
      return {};
    }
    void refill_reserve() {
      if (reserved < size + kReserve / 2) static_cast<void>(reserve(size + kReserve));
    }
  };

  FileJournal(FileSystem& files, Flusher& flusher, std::filesystem::path path, State state)
      : files_(files), flusher_(flusher), path_(std::move(path)), state_(std::make_shared<State>(std::move(state))) {}

  Result<void> append(std::string_view entry) override;
  void sync(Flusher::Done done) override;
  Result<void> sync_now() override;
  Result<void> spare_reserve(std::uint64_t bytes) override;
  std::uint64_t size() const override { return state_->size; }
  Result<void> rewrite(const std::vector<std::string>& entries) override;
  Result<void> close() override;

 private:
  // Why nothing can be written any more.
  std::optional<Error> refusal() const;

  FileSystem& files_;
  Flusher& flusher_;
  std::filesystem::path path_;
  std::shared_ptr<State> state_;
  bool closed_ = false;
};

std::optional<Error> FileJournal::refusal() const {
  if (state_->failure || !closed_) return state_->failure;
  return Error(Errc::unavailable, journal_context(path_) + " has been closed");
}

Result<void> FileJournal::append(std::string_view entry) {
  State& state = *state_;
  if (const std::optional<Error> refused = refusal()) return *refused;
  if (entry.empty()) return Error(Errc::invalid_argument, "a journal's entry cannot be empty");
  if (entry.size() > kMaxEntry) {
    return Error(Errc::too_large, journal_context(path_) + ": an entry of " + std::to_string(entry.size()) +
                                      " bytes is over the limit of " + std::to_string(kMaxEntry));
  }
  const std::string head = journal_entry_head(state.seed, state.durable, entry);
  const std::string_view parts[] = {head, entry};
  // First: what is not written need not be taken back, which would give the reserve away.
  if (const Result<void> room = state.reserve(state.size + head.size() + entry.size()); !room) {
    return room.error().with_context(journal_context(path_));
  }
  if (const Result<void> written = state.file->write_at(state.size, parts); !written) {
    const bool taken_back = is_disk_full(written.error()) && state.file->truncate(state.size).has_value();
    if (!taken_back) {
      state.fail(written.error());
    } else if (state.reserved != kEverything) {
      state.reserved = 0;
      state.refill_reserve();
    }
    return written.error().with_context(journal_context(path_));
  }
  state.size += head.size() + entry.size();
  state.last_entry_end = state.size;
  state.claimed = std::max(state.claimed, state.durable);
  state.refill_reserve();
  return {};
}

Result<void> FileJournal::spare_reserve(std::uint64_t bytes) {
  const Result<void> room = state_->reserve(state_->size + bytes + kReserve);
  return room ? room : room.error().with_context(journal_context(path_));
}

void FileJournal::sync(Flusher::Done done) {
  const auto finish = [state = state_, rewrites = state_->rewrites, size = state_->size,
                       done = std::move(done)](const Result<void>& synced) {
    if (state->rewrites != rewrites) return done({});
    if (!synced) state->fail(synced.error());
    if (state->failure) return done(*state->failure);
    state->durable = std::max(state->durable, size);
    done({});
  };
  flusher_.sync(state_->file, finish);
}

Result<void> FileJournal::sync_now() {
  State& state = *state_;
  if (state.failure) return *state.failure;
  const Result<void> synced = state.file->sync();
  if (synced) {
    state.durable = state.size;
  } else {
    state.fail(synced.error());
  }
  return synced;
}

Result<void> FileJournal::rewrite(const std::vector<std::string>& entries) {
  if (const std::optional<Error> refused = refusal()) return *refused;
  for (const std::string& entry : entries) {
    if (entry.empty() || entry.size() > kMaxEntry) {
      return Error(Errc::invalid_argument, journal_context(path_) + ": an entry of " + std::to_string(entry.size()) +
                                               " bytes cannot be written");
    }
  }
  const JournalSeed seed = new_seed();
  const std::string bytes = journal_file(seed, std::vector<std::string_view>(entries.begin(), entries.end()));
  bool renamed = false;
  const Result<std::shared_ptr<File>> replaced = replace_file(files_, path_, bytes, &renamed);
  if (!replaced) {
    if (renamed) state_->fail(replaced.error());
    return replaced.error().with_context(journal_context(path_) + " cannot be rewritten");
  }
  State& state = *state_;
  state.file = *replaced;
  state.seed = seed;
  state.size = state.durable = state.last_entry_end = bytes.size();
  state.claimed = bytes.size();
  ++state.rewrites;
  state.reserved = 0;
  state.refill_reserve();
  return {};
}

Result<void> FileJournal::close() {
  if (closed_) return {};
  if (const Result<void> synced = sync_now(); !synced) return synced;
  closed_ = true;
  State& state = *state_;
  if (state.claimed >= state.last_entry_end) return {};
  const std::string mark = journal_entry_head(state.seed, state.durable, {});
  const std::string_view parts[] = {mark};
  // Where it cannot be written all is as safe as it was, and half of it is a torn tail.
  static_cast<void>(state.file->write_at(state.size, parts));
  return {};
}

Error damage_error(const std::filesystem::path& path, const JournalScan& scan, std::uint64_t size) {
  const std::string what = scan.end == size ? " ends at byte " : " is damaged at byte ";
  return Error(Errc::corrupt, journal_context(path) + what + std::to_string(scan.end) +
                                  ", but had safely been written up to byte " + std::to_string(scan.durable) +
                                  ". Restore it from a backup, or start once with repair on, which keeps only what "
                                  "stands before that byte (and a copy of the file beside it)");
}

// Puts what is whole in the place of a damaged file, and that beside it.
Result<std::shared_ptr<File>> repair_damage(FileSystem& files, const std::filesystem::path& path,
                                            std::string_view damaged, JournalSeed seed,
                                            std::span<const std::string_view> entries) {
  bool renamed = false;
  const Result<std::shared_ptr<File>> copy = replace_file(files, with_suffix(path, ".damaged"), damaged, &renamed);
  if (!copy) return copy.error();
  return replace_file(files, path, journal_file(seed, entries), &renamed);
}

Result<void> replay_entries(const JournalScan& scan, const std::filesystem::path& path, const Journal::Replay& replay) {
  std::uint64_t number = 0;
  for (const std::string_view entry : scan.entries) {
    ++number;
    if (const Result<void> taken = replay(entry); !taken) {
      return taken.error().with_context(journal_context(path) + ", entry " + std::to_string(number));
    }
  }
  return {};
}

// After a killed process the last entries may stand in the page cache alone, and what was replayed must not vanish
// later. Where a sync failed before, another one passes over their pages: they are written once more.
Result<void> confirm_tail(File& file, std::string_view bytes, std::uint64_t durable) {
  const std::string_view parts[] = {bytes.substr(std::min<std::uint64_t>(durable, bytes.size()))};
  if (!parts[0].empty()) {
    if (const Result<void> written = file.write_at(bytes.size() - parts[0].size(), parts); !written) return written;
  }
  return file.sync();
}

// Leaves the file with whole entries only, all of them on disk.
Result<FileJournal::State> recover_journal(FileSystem& files, const std::filesystem::path& path,
                                           const Journal::Replay& replay, bool repair) {
  FileJournal::State state;
  Result<std::shared_ptr<File>> file = files.open(path, FileSystem::Mode::read_write);
  if (!file) return file.error();
  const Result<std::uint64_t> size = (*file)->size();
  if (!size) return size.error();
  std::string bytes(*size, '\0');
  if (const Result<void> read = (*file)->read_at(0, bytes); !read) return read.error();

  Result<JournalScan> scan = scan_journal(bytes);
  const bool nothing_left = !scan && repair && scan.error().code() == Errc::corrupt;
  if (nothing_left) scan = JournalScan();
  if (!scan) return scan.error().with_context(journal_context(path) + " cannot be read");
  state.seed = scan->seed;
  state.size = scan->end;
  state.claimed = scan->durable;
  state.last_entry_end = scan->last_entry_end;
  if (nothing_left || scan->damaged()) {
    if (!repair) return damage_error(path, *scan, bytes.size());
    state.seed = new_seed();
    file = repair_damage(files, path, bytes, state.seed, scan->entries);
    if (!file) return file.error();
    const Result<std::uint64_t> kept = (*file)->size();
    if (!kept) return kept.error();
    state.size = state.claimed = state.last_entry_end = *kept;
  } else {
    if (scan->end < bytes.size()) {
      if (const Result<void> cut = (*file)->truncate(scan->end); !cut) return cut.error();
    }
    const std::string_view whole = std::string_view(bytes).substr(0, scan->end);
    if (const Result<void> confirmed = confirm_tail(**file, whole, scan->durable); !confirmed) return confirmed.error();
  }
  if (const Result<void> taken = replay_entries(*scan, path, replay); !taken) return taken.error();
  state.file = *file;
  state.durable = state.size;
  state.refill_reserve();
  return state;
}

}  // namespace

Error missing_journal(const std::filesystem::path& path, std::string_view evidence) {
  return Error(Errc::corrupt,
               journal_context(path) + " is missing, though " + std::string(evidence) +
                   ". Restore it from a backup, or start once with repair on, which begins an empty one");
}

Result<std::unique_ptr<Journal>> Journal::open(FileSystem& files, Flusher& flusher, const std::filesystem::path& path,
                                               const Replay& replay, bool repair) {
  const Result<bool> there = files.exists(path);
  if (!there) return there.error();
  if (!*there) {
    const Result<void> directory = files.make_directories(path.parent_path());
    if (!directory) return directory.error();
    bool renamed = false;
    const Result<std::shared_ptr<File>> made = replace_file(files, path, journal_head(new_seed()), &renamed);
    if (!made) return made.error().with_context(journal_context(path) + " cannot be made");
  }
  // Left by a rewrite that a crash cut short.
  if (const Result<void> removed = files.remove(with_suffix(path, ".new")); !removed) return removed.error();
  Result<FileJournal::State> state = recover_journal(files, path, replay, repair);
  if (!state) return state.error();
  std::unique_ptr<Journal> journal = std::make_unique<FileJournal>(files, flusher, path, std::move(*state));
  return journal;
}

}  // namespace weir::embedded::broker::storage
