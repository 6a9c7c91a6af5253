#include "cli/streams/event_view.hpp"
#include "cli/streams/run_to_end.hpp"
#include "cli/streams/stream_reading.hpp"
#include "cli/terminal/text.hpp"
#include "cli/verbs.hpp"
#include "connectors/eventstoredb/connection_string.hpp"
#include "connectors/eventstoredb/grpc_client.hpp"
#include "pipeline/text/json_writer.hpp"
#include "pipeline/text/rfc3339.hpp"

#include <ostream>

namespace weir::cli {

namespace {

using connectors::eventstoredb::RecordedEvent;
using connectors::eventstoredb::StoreClient;

std::string store_url(const std::string& chosen, const Environment& environment) {
  if (!chosen.empty()) return chosen;
  for (const char* name : {"EVENTSTORE_CONNECTION_STRING", "KURRENT_CONNECTION_STRING"}) {
    const std::optional<std::string> value = environment(name);
    if (value && !value->empty() && *value != "embedded") return *value;
  }
  return "esdb://127.0.0.1:2113?tls=false";
}

// A client, or nothing after an error was printed.
std::shared_ptr<StoreClient> connect(const std::string& chosen, Console& console) {
  const Result<connectors::eventstoredb::ParsedConnectionString> parsed =
      connectors::eventstoredb::parse_connection_string(store_url(chosen, console.environment));
  if (!parsed) {
    console.error(parsed.error().message());
    return nullptr;
  }
  for (const std::string& warning : parsed->warnings) console.warning(warning);
  Result<std::shared_ptr<StoreClient>> client = connectors::eventstoredb::make_grpc_client(parsed->settings);
  if (!client) {
    console.error(client.error().message());
    return nullptr;
  }
  return *client;
}

ExitCode report(const Error& error, const StoreClient& store, Console& console) {
  std::string text = error.message();
  if (error.code() == Errc::unavailable || error.code() == Errc::unknown_outcome) {
    text += "; --store names another store";
  } else if (error.code() == Errc::unauthenticated || error.code() == Errc::permission_denied) {
    text += "; give user and password in --store: esdb://USER:PASSWORD@HOST:2113";
  }
  console.error(text);
  return exit_code_of(error);
}

std::string format_time(WallTime time) {
  return text::format_rfc3339(time.time_since_epoch().count());
}

EventView view_of(const RecordedEvent& event) {
  return {event.stream, event.revision, event.type,    event.id.str(), format_time(event.created),
          event.json,   event.data,     event.metadata};
}

std::string render_entry_json(const StreamEntry& entry) {
  std::string out;
  text::JsonWriter json(out);
  json.begin_object();
  json.member("stream", entry.name);
  if (entry.events) json.member("events", *entry.events);
  if (entry.last) json.member("last", format_time(*entry.last));
  json.end_object();
  return out + "\n";
}

std::string render_entry(const StreamEntry& entry, bool colours) {
  std::string out = printable(entry.name);
  if (entry.events) {
    const std::string facts = "  " + grouped(*entry.events) + (*entry.events == 1 ? " event" : " events") + ", last " +
                              format_time(*entry.last);
    out += coloured(facts, Colour::grey, colours);
  }
  return out + "\n";
}

}  // namespace

ExitCode list_streams(const StreamsListOptions& options, Console& console) {
  const std::shared_ptr<StoreClient> store = connect(options.store, console);
  if (store == nullptr) return ExitCode::configuration;
  boost::asio::io_context io{1};
  const Result<std::vector<StreamEntry>> found = run_to_end(io, find_streams(*store, options));
  store->close();
  if (!found) return report(found.error(), *store, console);
  for (const StreamEntry& entry : *found) {
    console.out << (options.json ? render_entry_json(entry) : render_entry(entry, console.out_traits.colours));
  }
  if (found->empty() && !options.json) {
    console.err << "no streams"
                << (options.prefix.empty() ? "" : " whose name begins with '" + printable(options.prefix) + "'")
                << " in " << store->display() << '\n';
  }
  return ExitCode::ok;
}

ExitCode cat_stream(const StreamsCatOptions& options, Console& console) {
  const std::shared_ptr<StoreClient> store = connect(options.store, console);
  if (store == nullptr) return ExitCode::configuration;
  const TerminalTraits& traits = console.out_traits;
  // A reader that went away (`| head`) ends the reading.
  const ShowEvent show = [&](const RecordedEvent& event) {
    const EventView view = view_of(event);
    console.out << (options.json ? render_event_json(view) : render_event(view, traits.interactive, traits.colours));
    return console.out.good();
  };
  boost::asio::io_context io{1};
  const Result<void> read = run_to_end(io, read_events(*store, options, show));
  store->close();
  if (!read) return report(read.error(), *store, console);
  return ExitCode::ok;
}

}  // namespace weir::cli
