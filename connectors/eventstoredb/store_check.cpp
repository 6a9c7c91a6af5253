#include "connectors/eventstoredb/store_check.hpp"

#include <set>

namespace weir::connectors::eventstoredb {
namespace {

// Read where no stream has a name that is known beforehand: that it is not there is an answer, too.
constexpr const char* kAnyStream = "weir-check";

CheckLine refused(const std::string& what, const Error& error) {
  std::string cure = "see the store's log";
  if (error.code() == Errc::unauthenticated)
    cure = "check user and password in the url of the connection";
  else if (error.code() == Errc::permission_denied)
    cure = "let the user read and write there (the stream's ACL), or name another one in the url";
  else if (error.code() == Errc::unavailable)
    cure = "start the store, or name another one in the url; tls= says whether it wants TLS";
  else if (error.code() == Errc::unknown_outcome)
    cure = "give it longer with --timeout, or see what holds the store up";
  else if (error.code() == Errc::stream_deleted)
    cure = "its name is gone for good: nothing can ever be written there; choose another one";
  return CheckLine::failed(what, error.message(), std::move(cure));
}

CheckLine described(const std::string& what, const ServerInfo& info) {
  const std::string version =
      info.version.empty() ? "a server that does not tell its version" : "version " + info.version;
  if (info.batch_append) return CheckLine::ok(what, version);
  return CheckLine::warning(what, version + ", without batched appends",
                            "they are slower there; a server from 21.10 has them");
}

}  // namespace

Task<void> ask_store(std::shared_ptr<StoreClient> store, const CheckRequest& request, const std::string& what,
                     bool has_user, std::vector<CheckLine>& lines) {
  Result<ServerInfo> info = co_await store->server_info();
  if (info.has_error()) {
    lines.push_back(refused(what, info.error()));
    co_return;
  }
  lines.push_back(described(what, *info));
  std::set<std::string> streams;
  for (const CheckRequest::Need& need : request.needs) {
    if (need.use.what == Use::What::stream && need.use.is_exact) streams.insert(need.use.name);
  }
  if (streams.empty()) streams.insert(kAnyStream);
  const StreamStart end = StreamStart::from_end();
  for (const std::string& stream : streams) {
    Result<StreamPage> page = co_await store->read_stream(stream, end, ReadDirection::backwards, 1);
    const std::string reading = stream == kAnyStream ? "reading" : "stream " + stream;
    if (page.has_error())
      lines.push_back(refused(reading, page.error()));
    else if (stream == kAnyStream)
      lines.push_back(CheckLine::ok(reading, has_user ? "the user may" : "allowed, nobody is logged in"));
    else
      lines.push_back(CheckLine::ok(reading, page->exists ? "there" : "begins with its first event"));
  }
}

}  // namespace weir::connectors::eventstoredb
