#include "embedded/broker/storage/flusher.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace weir::embedded::broker::storage {
namespace {

class ThreadFlusher final : public Flusher {
 public:
  explicit ThreadFlusher(Post post) : post_(std::move(post)), thread_([this] { run_rounds(); }) {}
  ~ThreadFlusher() override;

  void sync(std::shared_ptr<File> file, Done done) override;
  Stats stats() const override { return {rounds_, syncs_}; }
  std::uint64_t coming_round() const override { return coming_round_.load(std::memory_order_acquire); }

 private:
  struct Request {
    std::shared_ptr<File> file;
    Done done;
    Result<void> result;
  };

  void run_rounds();
  // Empty when the flusher is to stop and everything is done.
  std::vector<Request> next_round();
  void run_round(std::vector<Request> round);

  Post post_;
  std::atomic<std::uint64_t> coming_round_ = 1;
  std::atomic<std::uint64_t> rounds_ = 0;
  std::atomic<std::uint64_t> syncs_ = 0;
  std::mutex mutex_;  // guards the members below
  std::condition_variable changed_;
  std::vector<Request> gathered_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

ThreadFlusher::~ThreadFlusher() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void ThreadFlusher::sync(std::shared_ptr<File> file, Done done) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = gathered_.empty();
    gathered_.push_back({std::move(file), std::move(done), {}});
  }
  if (first) changed_.notify_one();
}

void ThreadFlusher::run_rounds() {
  while (true) {
    std::vector<Request> round = next_round();
    if (round.empty()) return;
    run_round(std::move(round));
  }
}

std::vector<ThreadFlusher::Request> ThreadFlusher::next_round() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || !gathered_.empty(); });
  coming_round_.fetch_add(1, std::memory_order_acq_rel);  // from here on a write may miss this round's sync
  return std::exchange(gathered_, {});
}

void ThreadFlusher::run_round(std::vector<Request> round) {
  std::unordered_map<const File*, Result<void>> synced;
  for (Request& request : round) {
    auto known = synced.find(request.file.get());
    if (known == synced.end()) {
      known = synced.emplace(request.file.get(), request.file->sync()).first;
      ++syncs_;
    }
    request.result = known->second;
  }
  ++rounds_;
  // std::function wants to copy what it holds.
  auto finished = std::make_shared<std::vector<Request>>(std::move(round));
  post_([finished] {
    for (const Request& request : *finished) request.done(request.result);
  });
}

}  // namespace

std::unique_ptr<Flusher> make_flusher(Flusher::Post post) {
  return std::make_unique<ThreadFlusher>(std::move(post));
}

}  // namespace weir::embedded::broker::storage
