#include "sinks/file/file.hpp"

#include "pipeline/base/signal.hpp"
#include "sinks/file/shared_file.hpp"
#include "sinks/record_json.hpp"

#include <boost/asio/this_coro.hpp>

#include <set>

namespace weir::sinks::file {
namespace {

// Order (I2): to this sink the whole file is one stream. A lane has one append under way at a time; calls go in the
// order of their messages, and messages that failed hold back all later ones until they are written again or forgotten.
// Lanes share the disk's syncs.
class FileSink final : public Sink {
 public:
  FileSink(std::filesystem::path path, bool sync, Blocking& blocking)
      : path_(std::move(path)), sync_(sync), blocking_(&blocking) {}
  explicit FileSink(std::shared_ptr<LineWriter> writer) : sync_(true), writer_(std::move(writer)) {}

  Task<Result<void>> open() override {
    const Executor executor = co_await boost::asio::this_coro::executor;
    turn_ = std::make_unique<Signal>(executor);
    if (writer_ != nullptr) co_return Result<void>();
    Result<std::shared_ptr<LineWriter>> opened = open_shared_file(path_, sync_, *blocking_);
    if (!opened) co_return opened.error();
    writer_ = *opened;
    co_return Result<void>();
  }

  Task<Result<WriteReport>> write(MessageRefs messages) override {
    Call call(*this, messages);
    while (!call.has_turn()) co_await turn_->wait();
    std::string lines;
    for (const Message* message : messages) {
      append_record(lines, *message);
      lines.push_back('\n');
    }
    const std::shared_ptr<LineWriter> writer = writer_;  // outlives the wait, whatever close() does
    call.begin_writing();
    Result<void> written = co_await writer->write(std::move(lines));
    if (!written) co_return written.error();
    call.succeeded = true;
    co_return WriteReport(messages.size());
  }

  void forget(MessageRefs messages) override {
    for (const Message* message : messages) failed_.erase(message->sequence);
    if (turn_ != nullptr) turn_->notify_all();
  }

  Task<void> close() override {
    writer_.reset();
    co_return;
  }

 private:
  // A call of write(). However it ends, the next one has its turn; unless it succeeded, its messages hold back later
  // ones.
  struct Call {
    Call(FileSink& s, MessageRefs m) : sink(s), messages(m) {
      for (const Message* message : messages) sink.failed_.erase(message->sequence);
      place = sink.calls_.insert(first());
    }
    ~Call() {
      sink.calls_.erase(place);
      if (writing) sink.busy_ = false;
      if (!succeeded) {
        for (const Message* message : messages) sink.failed_.insert(message->sequence);
      }
      sink.turn_->notify_all();
    }
    std::uint64_t first() const { return messages.empty() ? 0 : messages.front()->sequence; }
    bool has_turn() const {
      return !sink.busy_ && place == sink.calls_.begin() && (sink.failed_.empty() || *sink.failed_.begin() > first());
    }

    void begin_writing() { writing = sink.busy_ = true; }

    FileSink& sink;
    MessageRefs messages;
    std::multiset<std::uint64_t>::iterator place;
    bool writing = false;
    bool succeeded = false;
  };

  const std::filesystem::path path_;
  const bool sync_;
  Blocking* const blocking_ = nullptr;
  std::shared_ptr<LineWriter> writer_;
  std::unique_ptr<Signal> turn_;
  bool busy_ = false;
  std::multiset<std::uint64_t> calls_;  // first sequences of the calls that wait or write
  std::set<std::uint64_t> failed_;      // sequences of messages that were not written
};

}  // namespace

Spec<FileConfig> file_spec() {
  Spec<FileConfig> spec("Appends each record to a file of JSON Lines: payload, key and headers byte for byte.");
  spec.option("path", &FileConfig::path,
              "The file; a relative path lies below the data directory. Missing folders are made.")
      .required()
      .example("dead-letters.jsonl")
      .check([](const std::string& path) {
        return path.empty() || path.back() == '/' ? std::string("expected the path of a file") : std::string();
      });
  spec.option("sync", &FileConfig::sync,
              "Waits for the disk before a record counts as written. Without it, a power cut may lose some.");
  return spec;
}

std::unique_ptr<Sink> make_file_sink(const FileConfig& config, const BuildContext& context) {
  return std::make_unique<FileSink>(context.data_dir / config.path, config.sync, context.blocking);
}

std::unique_ptr<Sink> make_file_sink(std::shared_ptr<LineWriter> writer) {
  return std::make_unique<FileSink>(std::move(writer));
}

void register_file_sink(Registry& registry) {
  registry.add_sink<FileConfig>(
      "file", file_spec(),
      [](const FileConfig& config, BuildContext& context) -> Result<std::unique_ptr<Sink>> {
        return make_file_sink(config, context);
      },
      [](const FileConfig&, const FindDescription&) {
        Description description;
        description.stores_raw = true;
        return description;
      });
}

}  // namespace weir::sinks::file
