// What the tests of the embedded store share: a directory that vanishes, a clock that stands still, a store without
// threads or ports.
#pragma once

#include "embedded/eventstore/log/sequencer.hpp"
#include "embedded/eventstore/reads/read_session.hpp"
#include "embedded/eventstore/reads/reader.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>

namespace weir::embedded::eventstore::testing {

using connectors::eventstoredb::ExpectedRevision;

class TempDir {
 public:
  TempDir() {
    std::string path = (std::filesystem::temp_directory_path() / "weir-store-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) std::abort();
    path_ = path;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Moves only when told to.
class StillClock final : public Clock {
 public:
  TimePoint now() const override { return TimePoint(offset_.load()); }
  WallTime wall_now() const override {
    return WallTime(std::chrono::hours(24 * 365 * 50) +
                    std::chrono::duration_cast<std::chrono::milliseconds>(offset_.load()));
  }
  Task<void> sleep_until(TimePoint) override { std::abort(); }
  void advance(Duration by) { offset_.store(offset_.load() + by); }

 private:
  std::atomic<Duration> offset_{std::chrono::hours(1)};
};

inline ProposedEvent event(const Uuid& id, std::string type = "happened", std::string data = "{}") {
  ProposedEvent out;
  out.id = id;
  out.type = std::move(type);
  out.is_json = true;
  out.data = std::move(data);
  return out;
}
inline ProposedEvent event(std::string type = "happened", std::string data = "{}") {
  return event(Uuid::random(), std::move(type), std::move(data));
}

inline std::vector<ProposedEvent> events(std::initializer_list<Uuid> ids) {
  std::vector<ProposedEvent> out;
  for (const Uuid& id : ids) out.push_back(event(id));
  return out;
}

inline WriteRequest append_request(std::string stream, ExpectedRevision expected, std::vector<ProposedEvent> proposed) {
  WriteRequest request;
  request.stream = std::move(stream);
  request.expected = expected;
  request.events = std::move(proposed);
  return request;
}

// "ok 3", "ok 3 @none", "wrong 2", "deleted", "timeout", "failed": short enough for tables of expectations.
inline std::string text(const AppendResult& result) {
  if (const auto* done = std::get_if<Appended>(&result))
    return "ok " + std::to_string(done->revision) + (done->position ? "" : " @none");
  if (const auto* wrong = std::get_if<WrongExpectedVersion>(&result)) return "wrong " + std::to_string(wrong->current);
  if (std::holds_alternative<StreamTombstoned>(result)) return "deleted";
  if (std::holds_alternative<TimedOut>(result)) return "timeout";
  return "failed";
}

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WEIR_THREAD_SANITIZER
#endif
#endif
#ifdef WEIR_THREAD_SANITIZER
inline constexpr bool kFlushAtStop = false;
#else
inline constexpr bool kFlushAtStop = true;
#endif

// A store on one thread.
class StoreTest : public ::testing::Test {
 protected:
  void SetUp() override { open(); }

  void open() {
    Result<std::unique_ptr<Storage>> opened = Storage::open({dir_.path(), true, kFlushAtStop});
    ASSERT_TRUE(opened) << opened.error().message();
    storage_ = std::move(*opened);
    sequencer_ = std::make_unique<Sequencer>(*storage_, clock_, feed_, options_);
    reader_ = std::make_unique<Reader>(*storage_, clock_);
  }
  void close() {
    reader_.reset();
    sequencer_.reset();
    storage_.reset();
  }
  void reopen() {
    close();
    open();
  }

  AppendResult write(WriteRequest request) {
    std::vector<WriteRequest> requests;
    requests.push_back(std::move(request));
    return sequencer_->run_group(std::move(requests)).front();
  }
  AppendResult append(std::string stream, ExpectedRevision expected, std::vector<ProposedEvent> proposed) {
    return write(append_request(std::move(stream), expected, std::move(proposed)));
  }
  AppendResult append(std::string stream, int count) {
    std::vector<ProposedEvent> proposed;
    for (int i = 0; i < count; ++i) proposed.push_back(event());
    return append(std::move(stream), ExpectedRevision::any(), std::move(proposed));
  }
  AppendResult remove(std::string stream, WriteKind kind, ExpectedRevision expected = ExpectedRevision::any()) {
    WriteRequest request = append_request(std::move(stream), expected, {});
    request.kind = kind;
    return write(std::move(request));
  }
  AppendResult set_metadata(const std::string& stream, std::string json) {
    return append("$$" + stream, ExpectedRevision::any(), {event(Uuid::random(), "$metadata", std::move(json))});
  }

  // A session up to its end, or until it goes idle: "0 1 2",
  // "not_found", "last=2", "cp=7", "caught_up", "error deleted".
  static std::string drain(ReadSession& session, bool with_data = false) {
    std::string out;
    const auto add = [&](const std::string& word) {
      out += (out.empty() ? "" : " ") + word;
    };
    for (;;) {
      const ReadPage page = session.next_page();
      for (const ReadMessage& message : page.messages) {
        switch (message.kind) {
          case ReadMessage::Kind::event:
            add(with_data ? message.event.original().stream + "/" + message.event.original().type
                          : std::to_string(message.event.original().revision));
            break;
          case ReadMessage::Kind::confirmation:
            add("confirmed");
            break;
          case ReadMessage::Kind::checkpoint:
            add("cp=" + std::to_string(message.value));
            break;
          case ReadMessage::Kind::caught_up:
            add("caught_up");
            break;
          case ReadMessage::Kind::stream_not_found:
            add("not_found");
            break;
          case ReadMessage::Kind::first_stream_position:
            add("first=" + std::to_string(message.value));
            break;
          case ReadMessage::Kind::last_stream_position:
            add("last=" + std::to_string(message.value));
            break;
        }
      }
      if (page.error) {
        add("error " + std::string(to_string(page.error->code())));
        return out;
      }
      if (page.after != ReadPage::After::more) return out;
    }
  }
  std::string read(const std::string& stream, Direction direction = Direction::forwards,
                   std::optional<Revision> from = {}, std::uint64_t count = 1'000'000, bool wants_positions = false) {
    StreamReadRequest request;
    request.stream = stream;
    request.direction = direction;
    request.from = from;
    request.count = count;
    request.wants_positions = wants_positions;
    return drain(*read_stream_session(*reader_, request));
  }

  TempDir dir_;
  StillClock clock_;
  CommitFeed feed_;
  Sequencer::Options options_;
  std::unique_ptr<Storage> storage_;
  std::unique_ptr<Sequencer> sequencer_;
  std::unique_ptr<Reader> reader_;
};

}  // namespace weir::embedded::eventstore::testing
