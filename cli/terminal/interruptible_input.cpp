#include "cli/terminal/interruptible_input.hpp"

#include <cerrno>
#include <poll.h>
#include <unistd.h>

namespace weir::cli {

InterruptibleInput::int_type InterruptibleInput::underflow() {
  while (!interrupted_ && failed_ == 0) {
    std::array<pollfd, 2> files = {{{signals_.descriptor(), POLLIN, 0}, {descriptor_, POLLIN, 0}}};
    if (::poll(files.data(), files.size(), -1) < 0) {
      if (errno != EINTR) failed_ = errno;
      continue;
    }
    if (signals_.take() == ProcessSignals::Event::stop) {
      interrupted_ = true;
      continue;
    }
    if (files[1].revents == 0) continue;
    const ssize_t count = ::read(descriptor_, buffer_.data(), buffer_.size());
    if (count < 0) {
      if (errno != EINTR && errno != EAGAIN) failed_ = errno;
      continue;
    }
    if (count == 0) break;
    setg(buffer_.data(), buffer_.data(), buffer_.data() + count);
    return traits_type::to_int_type(buffer_[0]);
  }
  return traits_type::eof();
}

}  // namespace weir::cli
