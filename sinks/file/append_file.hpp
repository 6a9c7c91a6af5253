// AppendFile: a file of whole lines that grows at its end, durable when append() returns.
#pragma once

#include "sinks/file/rotation.hpp"
#include "sinks/line_writer.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

namespace weir::sinks::file {

// The operating system's calls that can fail half-way; a test puts a disk that is full in their place.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual long write(int descriptor, const char* bytes, std::size_t size);
  virtual int sync(int descriptor);
  virtual int truncate(int descriptor, std::int64_t size);
  virtual int rename(const std::filesystem::path& from, const std::filesystem::path& to);
};

// What is in the file is whole lines: an append that fails half-way is taken back, and a torn last line, left by a
// machine that went down, is cut off at the next open. One process at a time: the file is locked.
//
// A file that was moved away or deleted while it is open (a log rotation, a person who tidies up) is left alone and a new
// one made in its place: append() returns when its lines are in a file that has a name.
//
// With a rotation, a file that the next lines would make larger than its size is renamed first, and they begin a new one.
// At every moment, whatever is killed, each line is in one file, and the full ones are whole. One that cannot be renamed
// grows on: a line is worth more than a size.
//
// Lifetime, Executor: see LineTarget. Errors: io with the path and the system's reason; of open() also already_exists
// when another process has it, invalid_argument when it is a folder or a device, corrupt when it ends in something that
// is no line of ours, which is left alone.
class AppendFile final : public LineTarget {
 public:
  // Opens the file, makes it and the folders above it where they
  // are missing. `file_system` may be null: the machine's own.
  static Result<std::unique_ptr<AppendFile>> open(const std::filesystem::path& path, bool sync,
                                                  std::unique_ptr<FileSystem> file_system = {}, Rotation rotation = {});
  ~AppendFile() override;

  Result<void> append(std::string_view bytes) override;
  // Appends in this way from the next append on. Any thread.
  void use(bool sync, Rotation rotation);
  // Bytes of a torn line that open() cut off.
  std::size_t repaired_bytes() const { return repaired_; }

 private:
  AppendFile(std::filesystem::path path, int descriptor, bool sync, std::unique_ptr<FileSystem> file_system,
             Rotation rotation);
  // What is found in a file that is taken.
  struct Taken {
    std::int64_t size = 0;     // up to where its lines are whole
    std::size_t repaired = 0;  // bytes that were cut off
  };
  // Locks the file and cuts off a torn line; nothing of this object is changed.
  Result<Taken> lock_and_repair(int descriptor);
  static Result<int> open_descriptor(const std::filesystem::path& path);
  Result<void> append_here(std::string_view bytes);
  bool leads_here() const;  // the path still names the file that is open
  bool has_a_name() const;  // it was not deleted
  Result<void> open_again();
  bool is_full_for(std::size_t bytes) const;
  Result<void> rotate();
  Result<void> take_back(int reason, std::string_view what);
  Error error(std::string_view what, int reason) const;

  const std::filesystem::path path_;
  int descriptor_;
  std::mutex wanted_mutex_;
  bool wanted_sync_;
  Rotation wanted_rotation_;
  bool sync_;  // as of the append that runs
  Rotation rotation_;
  std::unique_ptr<FileSystem> system_;
  std::int64_t size_ = 0;  // of what is whole and durable
  bool torn_ = false;      // behind size_ stands something that could not be taken back yet
  std::size_t repaired_ = 0;
  bool grows_on_ = false;  // it could not be renamed, and that was said
};

}  // namespace weir::sinks::file
