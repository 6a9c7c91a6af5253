#include "tests/embedded/broker/storage/fault_file_system.hpp"

#include <algorithm>
#include <cerrno>

namespace weir::embedded::broker::storage {
namespace {

constexpr std::uint64_t kSector = 512;

// splitmix64: the same seed gives the same ruin everywhere.
std::uint64_t next_random(std::uint64_t& state) {
  state += 0x9E3779B97F4A7C15ull;
  std::uint64_t mixed = state;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ull;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBull;
  return mixed ^ (mixed >> 31);
}

std::filesystem::path normal(const std::filesystem::path& path) {
  std::filesystem::path result = path.lexically_normal();
  return result.has_filename() || result == result.root_path() ? result : result.parent_path();
}

bool is_below(const std::filesystem::path& path, const std::filesystem::path& directory) {
  const auto [here, there] = std::mismatch(directory.begin(), directory.end(), path.begin(), path.end());
  return here == directory.end();
}

}  // namespace

class FaultFileSystem::OpenFile final : public File {
 public:
  OpenFile(FaultFileSystem& disk, std::filesystem::path path, std::shared_ptr<Content> content)
      : disk_(disk), path_(std::move(path)), content_(std::move(content)), life_(disk.lives_) {}

  Result<void> read_at(std::uint64_t position, std::span<char> into) const override {
    const std::lock_guard lock(disk_.mutex_);
    if (const std::optional<int> reason = enter(Operation::read)) return file_error("cannot read", path_, *reason);
    if (position + into.size() > content_->now.size()) {
      return Error(Errc::corrupt, "'" + path_.string() + "' ends at byte " + std::to_string(content_->now.size()));
    }
    std::copy_n(content_->now.data() + position, into.size(), into.begin());
    return {};
  }
  Result<void> write_at(std::uint64_t position, std::span<const std::string_view> parts) override {
    const std::lock_guard lock(disk_.mutex_);
    if (is_stale()) return file_error("cannot write to", path_, EIO);
    return disk_.write(*content_, position, parts, path_);
  }
  Result<void> sync() override {
    const std::lock_guard lock(disk_.mutex_);
    if (const std::optional<int> reason = enter(Operation::sync)) {
      sync_failure_ = reason;
      // The kernel calls the pages clean all the same: readers find them, no later sync brings them to the disk.
      content_->unsynced.clear();
    }
    if (sync_failure_) return file_error("cannot sync", path_, *sync_failure_);
    for (const Change& change : content_->unsynced) apply(content_->on_disk, change);
    content_->unsynced.clear();
    return {};
  }
  Result<void> truncate(std::uint64_t size) override {
    const std::lock_guard lock(disk_.mutex_);
    if (const std::optional<int> reason = enter(Operation::truncate)) return file_error("cannot cut", path_, *reason);
    content_->unsynced.push_back({size, std::nullopt});
    apply(content_->now, content_->unsynced.back());
    content_->reserved = 0;
    return {};
  }
  Result<void> reserve(std::uint64_t size) override {
    const std::lock_guard lock(disk_.mutex_);
    std::optional<int> reason = enter(Operation::reserve);
    const std::uint64_t allocated = content_->allocated();
    if (!reason && size > allocated && size - allocated > disk_.room()) reason = ENOSPC;
    if (reason) return file_error("cannot reserve room for", path_, *reason);
    content_->reserved = std::max(content_->reserved, size);
    return {};
  }
  Result<std::uint64_t> size() const override {
    const std::lock_guard lock(disk_.mutex_);
    if (is_stale()) return file_error("cannot look at", path_, EIO);
    return content_->now.size();
  }
  int native_handle() const override { return -1; }
  const std::filesystem::path& path() const override { return path_; }

 private:
  bool is_stale() const { return disk_.dead_ || life_ != disk_.lives_; }
  std::optional<int> enter(Operation operation) const { return is_stale() ? EIO : disk_.enter(operation); }

  FaultFileSystem& disk_;
  std::filesystem::path path_;
  std::shared_ptr<Content> content_;
  std::uint64_t life_;
  std::optional<int> sync_failure_;
};

// ---- what a test asks for -------------------------------------------------------------------------------------------

void FaultFileSystem::fail(Operation operation, int nth, int reason) {
  const std::lock_guard lock(mutex_);
  Plan& plan = plans_[operation];
  plan.fail_at = plan.calls + static_cast<std::uint64_t>(nth);
  plan.reason = reason;
}

void FaultFileSystem::fail_all(Operation operation, int reason) {
  const std::lock_guard lock(mutex_);
  plans_[operation].all = true;
  plans_[operation].reason = reason;
}

void FaultFileSystem::heal() {
  const std::lock_guard lock(mutex_);
  for (auto& [operation, plan] : plans_) plan = {plan.calls, 0, 0, false};
}

void FaultFileSystem::set_capacity(std::optional<std::uint64_t> bytes) {
  const std::lock_guard lock(mutex_);
  capacity_ = bytes;
}

void FaultFileSystem::kill() {
  const std::lock_guard lock(mutex_);
  dead_ = true;
}

void FaultFileSystem::lose_power(std::uint64_t seed) {
  const std::lock_guard lock(mutex_);
  dead_ = true;
  std::map<const Content*, std::shared_ptr<Content>> survivors;  // one file may have several names
  for (auto& [path, directory] : directories_) {
    const std::uint64_t kept = next_random(seed) % (directory.unsynced.size() + 1);
    Names names = kept == 0 ? directory.on_disk : directory.unsynced[kept - 1];
    for (auto& [name, content] : names) {
      std::shared_ptr<Content>& left = survivors[content.get()];
      if (left == nullptr) {
        left = std::make_shared<Content>();
        left->now = left->on_disk = survivor(*content, seed);
      }
      content = left;
    }
    directory = {names, names, {}};
  }
}

void FaultFileSystem::restart() {
  const std::lock_guard lock(mutex_);
  dead_ = false;
  ++lives_;
}

std::string FaultFileSystem::contents(const std::filesystem::path& path) const {
  const std::lock_guard lock(mutex_);
  const Content* content = find(path);
  return content == nullptr ? std::string() : content->now;
}

void FaultFileSystem::put(const std::filesystem::path& path, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  add_directories(normal(path).parent_path());
  Directory& directory = directories_[normal(path).parent_path()];
  std::shared_ptr<Content>& content = directory.now[normal(path).filename().string()];
  if (content == nullptr) content = std::make_shared<Content>();
  content->now = content->on_disk = std::string(bytes);
  content->unsynced.clear();
  directory.on_disk = directory.now;
  directory.unsynced.clear();
}

void FaultFileSystem::corrupt(const std::filesystem::path& path, std::uint64_t position, std::size_t count) {
  const std::lock_guard lock(mutex_);
  auto* content = const_cast<Content*>(find(path));
  if (content == nullptr) return;
  for (std::uint64_t at = position; at < position + count; ++at) {
    if (at < content->now.size()) content->now[at] = static_cast<char>(~content->now[at]);
    if (at < content->on_disk.size()) content->on_disk[at] = static_cast<char>(~content->on_disk[at]);
  }
}

std::uint64_t FaultFileSystem::count(Operation operation) const {
  const std::lock_guard lock(mutex_);
  const auto plan = plans_.find(operation);
  return plan == plans_.end() ? 0 : plan->second.calls;
}

// ---- the file system ------------------------------------------------------------------------------------------------

Result<std::shared_ptr<File>> FaultFileSystem::open(const std::filesystem::path& path, Mode mode) {
  const std::lock_guard lock(mutex_);
  if (const std::optional<int> reason = enter(Operation::open)) return file_error("cannot open", path, *reason);
  Directory* directory = directory_of(path);
  if (directory == nullptr) return file_error("cannot open", path, ENOENT);
  const std::string name = normal(path).filename().string();
  if (!directory->now.contains(name)) {
    if (mode != Mode::create) return file_error("cannot open", path, ENOENT);
    Names names = directory->now;
    names.emplace(name, std::make_shared<Content>());
    changed(*directory, std::move(names));
  }
  std::shared_ptr<File> file = std::make_shared<OpenFile>(*this, path, directory->now.at(name));
  return file;
}

Result<bool> FaultFileSystem::exists(const std::filesystem::path& path) {
  const std::lock_guard lock(mutex_);
  if (dead_) return file_error("cannot look at", path, EIO);
  return find(path) != nullptr || directories_.contains(normal(path));
}

Result<std::vector<std::string>> FaultFileSystem::list(const std::filesystem::path& directory) {
  const std::lock_guard lock(mutex_);
  if (dead_) return file_error("cannot list", directory, EIO);
  std::set<std::string> names;
  const std::filesystem::path here = normal(directory);
  if (const auto found = directories_.find(here); found != directories_.end()) {
    for (const auto& [name, content] : found->second.now) names.insert(name);
  }
  for (const auto& [path, other] : directories_) {
    if (path != here && path.parent_path() == here) names.insert(path.filename().string());
  }
  return std::vector<std::string>(names.begin(), names.end());
}

Result<void> FaultFileSystem::make_directories(const std::filesystem::path& directory) {
  const std::lock_guard lock(mutex_);
  if (dead_) return file_error("cannot make the directory", directory, EIO);
  add_directories(normal(directory));
  return {};
}

Result<void> FaultFileSystem::rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  const std::lock_guard lock(mutex_);
  if (const std::optional<int> reason = enter(Operation::rename)) return file_error("cannot rename", from, *reason);
  Directory* directory = directory_of(from);
  if (directory == nullptr) return file_error("cannot rename", from, ENOENT);
  Names names = directory->now;
  auto moved = names.extract(normal(from).filename().string());
  if (moved.empty()) return file_error("cannot rename", from, ENOENT);
  Directory* target = directory_of(to);
  if (target == nullptr) return file_error("cannot rename", from, ENOENT);
  if (target != directory) {
    changed(*directory, std::move(names));
    names = target->now;
  }
  names[normal(to).filename().string()] = moved.mapped();
  changed(*target, std::move(names));
  return {};
}

Result<void> FaultFileSystem::remove(const std::filesystem::path& file) {
  const std::lock_guard lock(mutex_);
  if (const std::optional<int> reason = enter(Operation::remove)) return file_error("cannot remove", file, *reason);
  Directory* directory = directory_of(file);
  if (directory == nullptr) return {};
  Names names = directory->now;
  if (names.erase(normal(file).filename().string()) > 0) changed(*directory, std::move(names));
  return {};
}

Result<void> FaultFileSystem::remove_tree(const std::filesystem::path& directory) {
  const std::lock_guard lock(mutex_);
  if (const std::optional<int> reason = enter(Operation::remove))
    return file_error("cannot remove", directory, *reason);
  std::erase_if(directories_, [&](const auto& entry) { return is_below(entry.first, normal(directory)); });
  return {};
}

Result<void> FaultFileSystem::sync_directory(const std::filesystem::path& path) {
  const std::lock_guard lock(mutex_);
  if (const std::optional<int> reason = enter(Operation::sync_directory)) {
    return file_error("cannot sync the directory", path, *reason);
  }
  const auto found = directories_.find(normal(path));
  if (found == directories_.end()) return file_error("cannot open the directory", path, ENOENT);
  found->second.on_disk = found->second.now;
  found->second.unsynced.clear();
  return {};
}

// ---- inside ---------------------------------------------------------------------------------------------------------

void FaultFileSystem::add_directories(std::filesystem::path path) {
  for (; !path.empty(); path = path.parent_path()) {
    directories_.try_emplace(path);
    if (path == path.parent_path()) break;
  }
}

void FaultFileSystem::apply(std::string& bytes, const Change& change) {
  if (!change.bytes) return bytes.resize(change.position);
  bytes.resize(std::max(bytes.size(), change.position + change.bytes->size()));
  bytes.replace(change.position, change.bytes->size(), *change.bytes);
}

std::string FaultFileSystem::survivor(const Content& content, std::uint64_t& random) {
  enum { nothing, beginning, some_sectors, everything };
  std::string left = content.on_disk;
  const std::uint64_t kind = next_random(random) % 4;
  if (kind == nothing) return left;
  const std::uint64_t whole = next_random(random) % (content.unsynced.size() + 1);  // with `beginning`
  for (std::size_t i = 0; i < content.unsynced.size(); ++i) {
    const Change& change = content.unsynced[i];
    if (kind == beginning && i >= whole) {
      // The last write may have come through in part.
      if (change.bytes)
        apply(left, {change.position, change.bytes->substr(0, next_random(random) % change.bytes->size())});
      break;
    }
    if (!change.bytes || kind != some_sectors) {
      apply(left, change);
    } else {
      // A disk writes sectors, in any order; those that it did not reach read as zeros when the file grew past them.
      for (std::uint64_t at = 0; at < change.bytes->size();) {
        const std::uint64_t end =
            std::min<std::uint64_t>(change.bytes->size(), at + kSector - (change.position + at) % kSector);
        if (next_random(random) % 2 == 0) apply(left, {change.position + at, change.bytes->substr(at, end - at)});
        at = end;
      }
    }
  }
  return left;
}

std::optional<int> FaultFileSystem::enter(Operation operation) {
  Plan& plan = plans_[operation];
  ++plan.calls;
  if (dead_) return EIO;
  if (plan.all || plan.calls == plan.fail_at) return plan.reason;
  return std::nullopt;
}

FaultFileSystem::Directory* FaultFileSystem::directory_of(const std::filesystem::path& path) {
  const auto found = directories_.find(normal(path).parent_path());
  return found == directories_.end() ? nullptr : &found->second;
}

const FaultFileSystem::Content* FaultFileSystem::find(const std::filesystem::path& path) const {
  const auto directory = directories_.find(normal(path).parent_path());
  if (directory == directories_.end()) return nullptr;
  const auto content = directory->second.now.find(normal(path).filename().string());
  return content == directory->second.now.end() ? nullptr : content->second.get();
}

void FaultFileSystem::changed(Directory& directory, Names names) {
  directory.now = std::move(names);
  directory.unsynced.push_back(directory.now);
}

std::uint64_t FaultFileSystem::room() const {
  if (!capacity_) return UINT64_MAX;
  std::uint64_t used = 0;
  for (const auto& [path, directory] : directories_) {
    for (const auto& [name, content] : directory.now) used += content->allocated();
  }
  return used < *capacity_ ? *capacity_ - used : 0;
}

Result<void> FaultFileSystem::write(Content& content, std::uint64_t position, std::span<const std::string_view> parts,
                                    const std::filesystem::path& path) {
  std::string bytes;
  for (const std::string_view part : parts) bytes.append(part);
  std::optional<int> reason = enter(Operation::write);
  if (reason) bytes.resize(bytes.size() / 2);
  const std::uint64_t end = position + bytes.size();
  const std::uint64_t growth = end > content.allocated() ? end - content.allocated() : 0;
  if (const std::uint64_t left = room(); growth > left) {
    if (!reason) reason = ENOSPC;
    bytes.resize(bytes.size() - std::min<std::uint64_t>(bytes.size(), growth - left));
  }
  if (!bytes.empty()) {
    content.unsynced.push_back({position, std::move(bytes)});
    apply(content.now, content.unsynced.back());
  }
  if (reason) return file_error("cannot write to", path, *reason);
  return {};
}

}  // namespace weir::embedded::broker::storage
