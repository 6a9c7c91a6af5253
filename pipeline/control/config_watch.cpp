#include "pipeline/control/config_watch.hpp"

#include "pipeline/base/log.hpp"
#include "pipeline/control/steady_load.hpp"
#include "pipeline/control/watched_places.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <set>
#include <sys/inotify.h>
#include <unistd.h>
#include <utility>

namespace weir {

namespace {

namespace asio = boost::asio;

constexpr int kMostRests = 10;  // files that never rest, or stay away, are told of all the same

// Not IN_MODIFY: a file that is being written is not done, and a log beside the configuration would never be silent.
constexpr std::uint32_t kOfEntries = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB;
constexpr std::uint32_t kOfItself = IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

}  // namespace

struct ConfigWatch::Impl {
  Impl(Parts given, Means means) : parts(std::move(given)), seen(std::move(parts.look)), events(parts.control) {
    if (means == Means::looking) return;
    const int file = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (file < 0)
      give_up(std::strerror(errno));
    else
      events.assign(file);
  }

  void give_up(const std::string& why);
  void arm();
  Task<void> look_at_files();
  Task<void> wait_for_rest();
  Task<void> wait_for_event();
  void take_events();

  Parts parts;
  std::string seen;  // how the files looked when it was told last
  std::string look;  // and look now
  asio::posix::stream_descriptor events;
  std::set<int> watches;
  std::optional<std::string> trouble;  // found where it blocks, told by the executor
};

void ConfigWatch::Impl::give_up(const std::string& why) {
  log::warn("the files of the configuration cannot be watched by inotify: they are looked at now and then instead",
            {{"reason", why}, {"every_seconds", std::chrono::duration<double>(kLookEvery).count()}});
  boost::system::error_code ignored;
  events.close(ignored);
  watches.clear();
}

// Blocks. What leads to the files may be another way than before.
void ConfigWatch::Impl::arm() {
  std::set<int> armed;
  for (const auto& [directory, hear] : places_to_watch(parts.files)) {
    const std::uint32_t mask = hear == Hear::entries ? kOfEntries | kOfItself : kOfItself;
    const int watch = ::inotify_add_watch(events.native_handle(), directory.c_str(), mask);
    if (watch >= 0) armed.insert(watch);
    if (watch < 0 && hear == Hear::entries && errno != ENOENT && errno != ENOTDIR)
      trouble = directory.string() + ": " + (errno == ENOSPC ? "too many watches (fs.inotify.max_user_watches)"
                                                             : std::string(std::strerror(errno)));
  }
  for (const int watch : watches) {
    if (!armed.contains(watch)) ::inotify_rm_watch(events.native_handle(), watch);
  }
  watches = std::move(armed);
}

// Watches first, looks then: what happens in between is heard of.
Task<void> ConfigWatch::Impl::look_at_files() {
  std::function<void()> work = [this] {
    if (events.is_open()) arm();
    look = look_of_files(parts.files);
  };
  co_await parts.blocking.run(std::move(work));
  if (trouble) give_up(*std::exchange(trouble, std::nullopt));
}

Task<void> ConfigWatch::Impl::wait_for_rest() {
  std::string before;
  for (int rests = 0; rests < kMostRests && (look != before || is_any_gone(look)); ++rests) {
    before = look;
    co_await parts.clock.sleep_for(kRest);
    co_await look_at_files();
  }
}

Task<void> ConfigWatch::Impl::wait_for_event() {
  const bool heard = events.is_open();
  if (heard) {
    co_await events.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
    take_events();
  } else {
    co_await parts.clock.sleep_for(kLookEvery);
  }
}

// What they say does not matter: the files are looked at.
void ConfigWatch::Impl::take_events() {
  alignas(inotify_event) std::array<char, 4096> buffer;
  while (::read(events.native_handle(), buffer.data(), buffer.size()) > 0) {
  }
}

ConfigWatch::ConfigWatch(Parts parts, Means means) : impl_(std::make_unique<Impl>(std::move(parts), means)) {}

ConfigWatch::~ConfigWatch() = default;

Task<void> ConfigWatch::changed() {
  Impl& watch = *impl_;
  for (;;) {
    co_await watch.look_at_files();
    if (watch.look != watch.seen) co_await watch.wait_for_rest();
    if (watch.look != watch.seen) break;
    // Whatever else happens beside the files, they are not looked at more often than this.
    co_await watch.parts.clock.sleep_for(kRest);
    co_await watch.wait_for_event();
  }
  watch.seen = watch.look;
}

int ConfigWatch::descriptor() const {
  return impl_->events.is_open() ? impl_->events.native_handle() : -1;
}

}  // namespace weir
