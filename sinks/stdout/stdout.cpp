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

class StdoutSink final : public Sink {
 public:
  StdoutSink(const StdoutConfig& config, Blocking& blocking) : content_(config.content), blocking_(&blocking) {}
  StdoutSink(const StdoutConfig& config, std::shared_ptr<LineWriter> writer)
      : content_(config.content), writer_(std::move(writer)) {}

  Task<Result<void>> open() override {
    if (writer_ == nullptr) writer_ = shared_writer(*blocking_);
    Result<void> opened;
    co_return opened;
  }

  Task<Result<WriteReport>> write(MessageRefs messages) override {
    std::string lines;
    for (const Message* message : messages) {
      if (content_ == Content::event)
        append_event(lines, *message);
      else
        append_record(lines, *message);
      lines.push_back('\n');
    }
    Result<void> written = co_await writer_->write(std::move(lines));
    if (!written) co_return written.error();
    co_return WriteReport(messages.size());
  }

  Task<void> close() override {
    writer_.reset();
    co_return;
  }

 private:
  const Content content_;
  Blocking* const blocking_ = nullptr;
  std::shared_ptr<LineWriter> writer_;
};

}  // namespace

Spec<StdoutConfig> stdout_spec() {
  Spec<StdoutConfig> spec("Writes each message as one line of JSON to the standard output.");
  spec.option("content", &StdoutConfig::content, "What a line holds: the decoded event, or the record as it came.");
  return spec;
}

std::unique_ptr<Sink> make_stdout_sink(const StdoutConfig& config, std::shared_ptr<LineWriter> writer) {
  return std::make_unique<StdoutSink>(config, std::move(writer));
}

void register_stdout_sink(Registry& registry) {
  registry.add_sink<StdoutConfig>(
      "stdout", stdout_spec(), [](const StdoutConfig& config, BuildContext& context) -> Result<std::unique_ptr<Sink>> {
        return std::unique_ptr<Sink>(std::make_unique<StdoutSink>(config, context.blocking));
      });
}

}  // namespace weir::sinks::standard_output
