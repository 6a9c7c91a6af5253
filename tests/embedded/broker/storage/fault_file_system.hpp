// FaultFileSystem: a disk in memory that fails when told to, and that forgets what a real one may forget.
#pragma once

#include "embedded/broker/storage/file.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace weir::embedded::broker::storage {

// Two ends of a process can be played. After kill() everything written is still there. After lose_power(seed) there is
// what was synced, and of the rest any part: of each file some writes, whole or in part, perhaps later ones without
// earlier ones; of each directory the first few unsynced creations, renames and removals. Both leave every call
// failing, those of destructors too, until restart(); files opened before that stay useless.
//
// Lifetime: outlives its files. Executor: any thread. Cancellation: none. Errors: those asked for, EIO for files of a
// dead process, and Errc::internal for what a test should not do (read what is no file).
class FaultFileSystem final : public FileSystem {
 public:
  enum class Operation { open, read, write, sync, truncate, reserve, rename, remove, sync_directory };

  // The n-th call of that kind from now (1 = the next) fails with this errno; one that writes has then written half of
  // its bytes. A sync that fails loses what it should have written: it stays readable until the power goes, and no
  // later sync, of whichever process, brings it to the disk. The file that was synced stays failed.
  void fail(Operation operation, int nth, int reason);
  // From now on every call of that kind fails, until heal().
  void fail_all(Operation operation, int reason);
  void heal();
  // Writes that would make all files together, with what they have reserved, larger than this get ENOSPC, after what
  // still fits; nothing: no limit.
  void set_capacity(std::optional<std::uint64_t> bytes);

  void kill();
  void lose_power(std::uint64_t seed);
  void restart();

  // What a reader would see now. Bytes put here are on disk at once.
  std::string contents(const std::filesystem::path& path) const;
  void put(const std::filesystem::path& path, std::string_view bytes);
  // Changes every bit of `count` bytes, on disk too.
  void corrupt(const std::filesystem::path& path, std::uint64_t position, std::size_t count = 1);
  // Calls of that kind since the beginning, failed ones included.
  std::uint64_t count(Operation operation) const;

  Result<std::shared_ptr<File>> open(const std::filesystem::path& path, Mode mode) override;
  Result<bool> exists(const std::filesystem::path& path) override;
  Result<std::vector<std::string>> list(const std::filesystem::path& directory) override;
  Result<void> make_directories(const std::filesystem::path& directory) override;
  Result<void> rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  Result<void> remove(const std::filesystem::path& file) override;
  Result<void> remove_tree(const std::filesystem::path& directory) override;
  Result<void> sync_directory(const std::filesystem::path& directory) override;

 private:
  class OpenFile;
  // One write or, without bytes, one cut.
  struct Change {
    std::uint64_t position = 0;
    std::optional<std::string> bytes;
  };
  struct Content {
    std::string now;
    std::string on_disk;
    std::vector<Change> unsynced;
    std::uint64_t reserved = 0;  // up to where writes find room

    std::uint64_t allocated() const { return std::max<std::uint64_t>(now.size(), reserved); }
  };
  using Names = std::map<std::string, std::shared_ptr<Content>>;
  // A directory's names after some change, oldest first.
  struct Directory {
    Names now;
    Names on_disk;
    std::vector<Names> unsynced;
  };
  struct Plan {
    std::uint64_t calls = 0;
    std::uint64_t fail_at = 0;
    int reason = 0;
    bool all = false;
  };

  static void apply(std::string& bytes, const Change& change);
  // What is left of a file after the power went.
  static std::string survivor(const Content& content, std::uint64_t& random);

  void add_directories(std::filesystem::path path);
  // Counts the call; the error that it has to end with, if any.
  std::optional<int> enter(Operation operation);
  Directory* directory_of(const std::filesystem::path& path);
  const Content* find(const std::filesystem::path& path) const;
  void changed(Directory& directory, Names names);
  std::uint64_t room() const;
  Result<void> write(Content& content, std::uint64_t position, std::span<const std::string_view> parts,
                     const std::filesystem::path& path);

  mutable std::mutex mutex_;
  std::map<std::filesystem::path, Directory> directories_;
  std::map<Operation, Plan> plans_;
  std::optional<std::uint64_t> capacity_;
  std::uint64_t lives_ = 0;  // processes that ended so far
  bool dead_ = false;
};

}  // namespace weir::embedded::broker::storage
