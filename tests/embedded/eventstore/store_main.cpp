// embedded_store_main: the embedded event store as a process of its own,
// for tests that kill it or drive it with other languages' clients.
//
// Usage: embedded_store_main DATA_DIR [PORT [nosync]]. Prints
// "listening PORT" when it serves; runs until SIGTERM or SIGINT.
#include "embedded/eventstore/server.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s DATA_DIR [PORT [nosync]]\n", argv[0]);
    return 2;
  }
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);  // before any thread starts, so that all inherit it

  weir::embedded::eventstore::Server::Options options;
  options.data_dir = argv[1];
  options.port = static_cast<std::uint16_t>(argc > 2 ? std::atoi(argv[2]) : 0);
  options.sync = argc <= 3 || std::strcmp(argv[3], "nosync") != 0;
  auto server = weir::embedded::eventstore::Server::start(options);
  if (!server) {
    std::fprintf(stderr, "%s\n", server.error().message().c_str());
    return 1;
  }
  std::printf("listening %u\n", static_cast<unsigned>((*server)->port()));
  std::fflush(stdout);
  int received = 0;
  sigwait(&signals, &received);
  (*server)->stop();
  const auto stats = (*server)->stats();
  std::printf("stopped after %llu appends, %llu events\n", static_cast<unsigned long long>(stats.appends),
              static_cast<unsigned long long>(stats.events));
  return 0;
}
