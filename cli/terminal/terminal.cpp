#include "cli/terminal/terminal.hpp"

#include <cerrno>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace weir::cli {

TerminalTraits terminal_traits(bool is_terminal, std::size_t width, const Environment& environment) {
  const std::string no_color = environment("NO_COLOR").value_or("");
  const std::string kind = environment("TERM").value_or("");
  TerminalTraits traits;
  traits.interactive = is_terminal && kind != "dumb";
  traits.colours = traits.interactive && no_color.empty();
  traits.width = width == 0 ? 80 : width;
  return traits;
}

TerminalTraits inspect_terminal(int file_descriptor, const Environment& environment) {
  winsize size{};
  const bool is_terminal = ::isatty(file_descriptor) == 1;
  const bool known = is_terminal && ::ioctl(file_descriptor, TIOCGWINSZ, &size) == 0;
  return terminal_traits(is_terminal, known ? size.ws_col : 0, environment);
}

bool reader_has_gone(int file_descriptor) {
  pollfd output{file_descriptor, POLLOUT, 0};
  return ::poll(&output, 1, 0) > 0 && (output.revents & POLLERR) != 0;
}

void LiveDisplay::show(std::vector<std::string> lines) {
  const std::lock_guard lock(mutex_);
  std::string text = erase();
  lines_ = std::move(lines);
  write_(text + draw());
}

void LiveDisplay::print_above(std::string_view text) {
  const std::lock_guard lock(mutex_);
  std::string out = erase();
  out.append(text);
  if (!text.ends_with('\n')) out += '\n';
  write_(out + draw());
}

void LiveDisplay::clear() {
  const std::lock_guard lock(mutex_);
  if (lines_.empty()) return;
  const std::string text = erase();
  lines_.clear();
  write_(text);
}

// The cursor rests at the end of the last live line: up to the first one, then erase to the end of the screen.
std::string LiveDisplay::erase() const {
  if (lines_.empty()) return {};
  std::string out = "\r";
  if (lines_.size() > 1) out += "\x1b[" + std::to_string(lines_.size() - 1) + "A";
  return out + "\x1b[J";
}

std::string LiveDisplay::draw() const {
  std::string out;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    if (i > 0) out += '\n';
    out += lines_[i];
  }
  return out;
}

void write_to(int file_descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file_descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace weir::cli
