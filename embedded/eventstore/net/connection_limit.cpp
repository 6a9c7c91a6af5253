#include "embedded/eventstore/net/connection_limit.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

namespace weir::embedded::eventstore {

namespace {

// RocksDB keeps up to 256 files open; the rest is logs, listeners and gRPC's own.
constexpr std::size_t kFilesOfTheStore = 320;
constexpr std::size_t kFilesOfAConnection = 2;  // itself, and its duplicate here

}  // namespace

Connections connections_within(std::size_t open_files, Connections wanted) {
  const std::size_t left = open_files > kFilesOfTheStore ? open_files - kFilesOfTheStore : 0;
  Connections out;
  out.newcomers = std::clamp<std::size_t>(left / 4, 1, wanted.newcomers);
  const std::size_t rest = left > out.newcomers ? left - out.newcomers : 0;
  out.http2 = std::clamp<std::size_t>(rest / kFilesOfAConnection, 1, wanted.http2);
  return out;
}

ConnectionLimit::ConnectionLimit(std::size_t limit) : limit_(limit), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

ConnectionLimit::~ConnectionLimit() {
  for (const int socket : watched_) ::close(socket);
  if (epoll_ >= 0) ::close(epoll_);
}

bool ConnectionLimit::has_room() {
  forget_ended();
  return watched_.size() < limit_;
}

void ConnectionLimit::add(int socket) {
  if (epoll_ < 0) return;
  const int duplicate = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
  if (duplicate < 0) return;
  epoll_event event{};
  event.events = EPOLLRDHUP;  // EPOLLHUP and EPOLLERR always come, too
  event.data.fd = duplicate;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, duplicate, &event) != 0) {
    ::close(duplicate);
    return;
  }
  watched_.insert(duplicate);
}

void ConnectionLimit::forget_ended() {
  std::array<epoll_event, 64> events;
  for (;;) {
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 0);
    for (int i = 0; i < count; ++i) {
      const int socket = events[static_cast<std::size_t>(i)].data.fd;
      ::epoll_ctl(epoll_, EPOLL_CTL_DEL, socket, nullptr);
      ::close(socket);
      watched_.erase(socket);
    }
    if (count < static_cast<int>(events.size())) return;
  }
}

}  // namespace weir::embedded::eventstore
