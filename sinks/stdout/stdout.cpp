#include "sinks/stdout/stdout.hpp"

#include "sinks/record_json.hpp"

#include <cerrno>
#include <mutex>
#include <poll.h>
#include <system_error>
#include <unistd.h>

namespace weir::sinks::standard_output {
namespace {

class Descriptor final : public LineTarget {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}

  Result<void> append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written >= 0) {
        bytes.remove_prefix(static_cast<std::size_t>(written));
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        pollfd ready{descriptor_, POLLOUT, 0};
        ::poll(&ready, 1, -1);
      } else if (errno != EINTR) {
        return Error(Errc::io, "the standard output cannot be written: " + std::generic_category().message(errno));
      }
    }
    return {};
  }

 private:
  const int descriptor_;
};

// The standard output is one for the process: lanes share its writer, so that lines never mix.
std::shared_ptr<LineWriter> shared_writer(Blocking& blocking) {
  static std::mutex mutex;
  static std::weak_ptr<LineWriter> shared;
  const std::lock_guard lock(mutex);
  std::shared_ptr<LineWriter> writer = shared.lock();
  if (writer == nullptr) {
    writer = std::make_shared<LineWriter>(std::make_unique<Descriptor>(STDOUT_FILENO), blocking);
    shared = writer;
  }
  return writer;
}

}  // namespace

Spec<StdoutConfig> stdout_spec() {
  Spec<StdoutConfig> spec("Writes each message as one line of JSON to the standard output.");
  spec.option("content", &StdoutConfig::content, "What a line holds: the decoded event, or the record as it came.");
  return spec;
}

std::unique_ptr<Sink> make_stdout_sink(const StdoutConfig& config, LineSink::FindWriter find_writer) {
  return std::make_unique<LineSink>(config.content == Content::event ? append_event : append_record,
                                    std::move(find_writer));
}

void register_stdout_sink(Registry& registry) {
  registry.add_sink<StdoutConfig>(
      "stdout", stdout_spec(),
      [](const StdoutConfig& config, BuildContext& context) -> Result<std::unique_ptr<Sink>> {
        return make_stdout_sink(config, [&blocking = context.blocking]() -> Result<std::shared_ptr<LineWriter>> {
          return shared_writer(blocking);
        });
      },
      [](const StdoutConfig&, const FindDescription&) {
        Description description;
        answer_as_lines(description);
        return description;
      });
}

}  // namespace weir::sinks::standard_output
