#include "embedded/eventstore/log/recovery.hpp"

#include "pipeline/base/log.hpp"

namespace weir::embedded::eventstore {

namespace fs = std::filesystem;

namespace {

constexpr const char* kDatabase = "db";
constexpr const char* kMark = "acknowledged";
constexpr const char* kAcceptLoss = "accept-loss";

// Tables and write-ahead logs; what else there is holds no events.
bool holds_events(const fs::path& file) {
  const std::string extension = file.extension().string();
  return extension == ".sst" || extension == ".log";
}

Error cannot_look(const fs::path& path, const std::error_code& failure) {
  return Error(Errc::io, "cannot look at '" + path.string() + "': " + failure.message() + "; check the permissions");
}

Result<bool> has_events(const fs::path& database) {
  std::error_code failure;
  bool found = false;
  for (fs::directory_iterator file(database, failure); !failure && file != fs::directory_iterator();
       file.increment(failure)) {
    found = found || holds_events(file->path());
  }
  if (failure && failure != std::errc::no_such_file_or_directory) return cannot_look(database, failure);
  return found;
}

}  // namespace

Recovery::Recovery(fs::path directory)
    : directory_(std::move(directory)), database_(directory_ / kDatabase), accept_file_(directory_ / kAcceptLoss) {
  std::error_code ignored;
  accepts_loss_ = fs::exists(accept_file_, ignored);
}

Result<EndMark> Recovery::look() {
  Result<EndMark> mark = EndMark::open(directory_ / kMark);
  if (!mark) return mark;
  acknowledged_ = mark->position();
  Result<void> looked = look_at_database();
  if (!looked) return looked.error();
  return mark;
}

Result<void> Recovery::look_at_database() {
  using Wal = Storage::Database::Wal;
  const fs::path current = database_ / "CURRENT";
  std::error_code failure;
  const bool there = fs::exists(current, failure);
  if (failure) return cannot_look(current, failure);
  if (!there) return look_at_lost_database();
  if (accepts_loss_) return {};
  Position end = 0;
  const rocksdb::Status status = Storage::Database::find_end(database_, Wal::whole, end);
  if (status.IsCorruption() && Storage::Database::find_end(database_, Wal::up_to_damage, end).ok()) {
    if (!is_torn_end(end)) return loss(end, status.ToString());
    torn_ = status.ToString();
    return {};
  }
  if (!status.ok()) return refusal(status);
  if (end < acknowledged_) return loss(end, "the rest of its write-ahead log is missing or unreadable");
  return {};
}

// RocksDB would make a new database of it and delete the files of the old one.
Result<void> Recovery::look_at_lost_database() const {
  const Result<bool> has_files = has_events(database_);
  if (!has_files) return has_files.error();
  if (!*has_files && (acknowledged_ == 0 || accepts_loss_)) return {};
  return Error(Errc::corrupt, "the event store in '" + directory_.string() + "' has lost its database: '" +
                                  database_.string() + "' has no file CURRENT, though events were stored (position " +
                                  std::to_string(acknowledged_) + "); restore it from a backup" +
                                  (*has_files ? std::string(", or start with another data directory") : way_on()));
}

bool Recovery::is_torn_end(Position end) const {
  if (end < acknowledged_) return false;
  Position behind = 0;
  const rocksdb::Status status = Storage::Database::find_end(database_, Storage::Database::Wal::around_damage, behind);
  return status.ok() && behind == end;
}

Result<void> Recovery::open(std::unique_ptr<Storage::Database>& out) {
  using Wal = Storage::Database::Wal;
  const bool only_up_to_damage = accepts_loss_ || !torn_.empty();
  const rocksdb::Status status =
      Storage::Database::open(database_, only_up_to_damage ? Wal::up_to_damage : Wal::whole, out);
  if (!status.ok()) return refusal(status);
  return {};
}

Result<void> Recovery::done(Position end) {
  if (!torn_.empty()) {
    log::warn("the end of the event store's log was torn, as by a power cut; what was acknowledged is there",
              {{"directory", directory_.string()}, {"last_position", end}, {"found", torn_}});
  }
  if (!accepts_loss_) return {};
  std::error_code failure;
  fs::remove(accept_file_, failure);
  if (failure) {
    return Error(Errc::io, "cannot remove '" + accept_file_.string() + "': " + failure.message() +
                               "; remove it, or the next start accepts a loss, too");
  }
  log::warn("the event store goes on without what it has lost, as it was told to",
            {{"directory", directory_.string()}, {"acknowledged_position", acknowledged_}, {"last_position", end}});
  return {};
}

Error Recovery::refusal(const rocksdb::Status& status) const {
  const std::string where = "the event store in '" + directory_.string() + "'";
  if (status.IsCorruption() || status.IsInvalidArgument() || status.IsNotFound()) {
    return Error(Errc::corrupt, where + " is damaged or is not an event store of weir (" + status.ToString() +
                                    "); restore it from a backup, or start with another data directory");
  }
  if (status.IsIOError() && status.ToString().find("/LOCK") != std::string::npos) {
    return Error(Errc::already_exists,
                 where + " is in use by another process (" + status.ToString() + "); stop that one first");
  }
  return Error(Errc::io, "cannot open " + where + ": " + status.ToString() + "; check free space and permissions");
}

Error Recovery::loss(Position end, const std::string& cause) const {
  std::string text = "the event store in '" + directory_.string() +
                     "' is damaged: its log can be read up to position " + std::to_string(end);
  if (end < acknowledged_) {
    text += ", and position " + std::to_string(acknowledged_) + " was acknowledged, so that " +
            std::to_string(acknowledged_ - end) + " stored events are lost";
  }
  return Error(Errc::corrupt, text + " (" + cause + "); nothing was changed. Restore it from a backup" + way_on());
}

std::string Recovery::way_on() const {
  return ", or, to go on without what is lost, make the file '" + accept_file_.string() + "' and start again";
}

}  // namespace weir::embedded::eventstore
