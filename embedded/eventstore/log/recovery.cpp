#include "embedded/eventstore/log/recovery.hpp"

#include "pipeline/base/log.hpp"

namespace weir::embedded::eventstore {

namespace fs = std::filesystem;

namespace {

constexpr const char* kDatabase = "db";
constexpr const char* kMark = "acknowledged";
constexpr const char* kAcceptLoss = "accept-loss";

// Tables and write-ahead logs; what else there is holds no events.
bool has_events(const fs::path& database) {
  std::error_code failure;
  for (const fs::directory_entry& file : fs::directory_iterator(database, failure)) {
    const std::string extension = file.path().extension().string();
    if (extension == ".sst" || extension == ".log") return true;
  }
  return false;
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
  Result<void> looked = look_at_database(acknowledged_);
  if (!looked) return looked.error();
  return mark;
}

Result<void> Recovery::look_at_database(Position acknowledged) const {
  std::error_code ignored;
  if (!fs::exists(database_ / "CURRENT", ignored)) {
    // RocksDB would make a new database of it and delete the files of the old one.
    const bool has_files = has_events(database_);
    if (has_files || (acknowledged > 0 && !accepts_loss_)) {
      return Error(Errc::corrupt, "the event store in '" + directory_.string() + "' has lost its database: '" +
                                      database_.string() +
                                      "' has no file CURRENT, though events were stored (position " +
                                      std::to_string(acknowledged) + "); restore it from a backup" +
                                      (has_files ? std::string(", or start with another data directory") : way_on()));
    }
    return {};
  }
  if (accepts_loss_) return {};
  Position end = 0;
  const rocksdb::Status status = Storage::Database::find_end(database_, Storage::Database::Wal::whole, end);
  if (status.IsCorruption()) {
    const rocksdb::Status readable = Storage::Database::find_end(database_, Storage::Database::Wal::up_to_damage, end);
    if (readable.ok()) return loss(acknowledged, end, status.ToString());
  }
  if (!status.ok()) return refusal(status);
  if (end < acknowledged) return loss(acknowledged, end, "the rest of its write-ahead log is missing or unreadable");
  return {};
}

Result<void> Recovery::open(std::unique_ptr<Storage::Database>& out) {
  using Wal = Storage::Database::Wal;
  const rocksdb::Status status =
      Storage::Database::open(database_, accepts_loss_ ? Wal::up_to_damage : Wal::whole, out);
  if (!status.ok()) return refusal(status);
  return {};
}

void Recovery::done(Position end) {
  if (!accepts_loss_) return;
  std::error_code ignored;
  fs::remove(accept_file_, ignored);
  log::warn("the event store goes on without what it has lost, as it was told to",
            {{"directory", directory_.string()}, {"acknowledged_position", acknowledged_}, {"last_position", end}});
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

Error Recovery::loss(Position acknowledged, Position end, const std::string& cause) const {
  std::string text = "the event store in '" + directory_.string() +
                     "' is damaged: its log can be read up to position " + std::to_string(end);
  if (end < acknowledged) {
    text += ", and position " + std::to_string(acknowledged) + " was acknowledged, so that " +
            std::to_string(acknowledged - end) + " stored events are lost";
  }
  return Error(Errc::corrupt, text + " (" + cause + "); nothing was changed. Restore it from a backup" + way_on());
}

std::string Recovery::way_on() const {
  return ", or, to go on without what is lost, make the file '" + accept_file_.string() + "' and start again";
}

}  // namespace weir::embedded::eventstore
