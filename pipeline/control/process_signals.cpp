#include "pipeline/control/process_signals.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <poll.h>
#include <pthread.h>
#include <sys/signalfd.h>
#include <system_error>
#include <unistd.h>

namespace weir {

struct ProcessSignals::Mask {
  sigset_t set;
};

ProcessSignals::ProcessSignals() : old_(std::make_unique<Mask>()), file_(-1) {
  sigset_t watched;
  sigemptyset(&watched);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&watched, signal);
  pthread_sigmask(SIG_BLOCK, &watched, &old_->set);
  file_ = ::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
  if (file_ < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
}

// A signal that is still pending would end the process when it is let through: after all was put in order, and with
// another exit code than that of the work.
ProcessSignals::~ProcessSignals() {
  while (take()) {
  }
  ::close(file_);
  pthread_sigmask(SIG_SETMASK, &old_->set, nullptr);
}

std::optional<ProcessSignals::Event> ProcessSignals::take() {
  signalfd_siginfo signal{};
  if (::read(file_, &signal, sizeof signal) != sizeof signal) return std::nullopt;
  interrupted_ |= signal.ssi_signo == SIGINT;
  return signal.ssi_signo == SIGHUP ? Event::reload : Event::stop;
}

std::optional<ProcessSignals::Event> ProcessSignals::wait(std::optional<Duration> limit, int input) {
  std::array<pollfd, 2> files = {{{file_, POLLIN, 0}, {input, POLLIN, 0}}};
  const int milliseconds = limit ? static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(*limit).count()) : -1;
  while (true) {
    const int ready = ::poll(files.data(), files.size(), milliseconds);
    if (ready < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "poll");
    if (ready == 0) return std::nullopt;
    if (const std::optional<Event> signal = take()) return signal;
    if ((files[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
      std::array<char, 256> ignored{};
      if (::read(input, ignored.data(), ignored.size()) <= 0) return Event::input_closed;
    }
  }
}

// The system gives a process's signal to any thread that does not block it: here to one that was made for that.
StopSignalsEndProcess::StopSignalsEndProcess()
    : open_to_signals_([this] {
        sigset_t stops;
        sigemptyset(&stops);
        for (const int signal : {SIGINT, SIGTERM}) sigaddset(&stops, signal);
        pthread_sigmask(SIG_UNBLOCK, &stops, nullptr);
        over_.acquire();
      }) {}

StopSignalsEndProcess::~StopSignalsEndProcess() {
  over_.release();
  open_to_signals_.join();
}

}  // namespace weir
