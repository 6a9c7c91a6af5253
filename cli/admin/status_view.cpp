#include "cli/admin/status_view.hpp"

#include "cli/terminal/table.hpp"

#include <simdjson.h>

#include <optional>

namespace weir::cli {

namespace {

using simdjson::dom::element;

std::string text_of(const element& object, std::string_view key) {
  std::string_view text;
  return object[key].get(text) == simdjson::SUCCESS ? printable(text) : std::string();
}

std::uint64_t number_of(const element& object, std::string_view key) {
  std::uint64_t number = 0;
  return object[key].get(number) == simdjson::SUCCESS ? number : 0;
}

template <class F>
void for_each(const element& object, std::string_view key, F visit) {
  simdjson::dom::array array;
  if (object[key].get(array) != simdjson::SUCCESS) return;
  for (const element one : array) visit(one);
}

std::uint64_t dropped(const element& pipeline) {
  std::uint64_t total = 0;
  simdjson::dom::object counts;
  if (pipeline["dropped"].get(counts) != simdjson::SUCCESS) return 0;
  for (const auto& [reason, count] : counts) {
    std::uint64_t number = 0;
    if (count.get(number) == simdjson::SUCCESS) total += number;
  }
  return total;
}

// Nothing, when no partition says.
std::optional<std::uint64_t> lag(const element& pipeline) {
  std::optional<std::uint64_t> total;
  for_each(pipeline, "partitions", [&total](const element& partition) {
    std::uint64_t number = 0;
    if (partition["lag"].get(number) == simdjson::SUCCESS) total = total.value_or(0) + number;
  });
  return total;
}

Colour colour_of(const std::string& state) {
  if (state == "failed" || state == "paused") return Colour::red;
  return state == "running" ? Colour::green : Colour::yellow;
}

std::string reasons(const element& pipeline) {
  std::string out;
  const std::string name = text_of(pipeline, "name");
  for_each(pipeline, "reasons", [&out, &name](const element& reason) {
    std::string_view text;
    if (reason.get(text) == simdjson::SUCCESS) out += name + ": " + printable(text) + "\n";
  });
  const std::string waiting = text_of(pipeline, "waiting_for");
  if (!waiting.empty()) out += name + ": waits for partitions: " + waiting + "\n";
  return out;
}

}  // namespace

Result<std::string> describe_status(const std::string& json, bool colours) {
  simdjson::dom::parser parser;
  element root;
  simdjson::dom::array pipelines;
  if (parser.parse(json).get(root) != simdjson::SUCCESS || root["pipelines"].get(pipelines) != simdjson::SUCCESS)
    return Error(Errc::internal, "what answers there is no weir, or one that this one does not understand");
  Table table({{"PIPELINE"},
               {"STATE"},
               {"READ", true},
               {"WRITTEN", true},
               {"DUPLICATES", true},
               {"DROPPED", true},
               {"DEAD LETTERS", true},
               {"IN FLIGHT", true},
               {"LAG", true}});
  std::string below;
  for (const element pipeline : pipelines) {
    const std::string state = text_of(pipeline, "state");
    const std::optional<std::uint64_t> behind = lag(pipeline);
    table.add({text_of(pipeline, "name"),
               {state, colour_of(state)},
               grouped(number_of(pipeline, "consumed")),
               grouped(number_of(pipeline, "written")),
               grouped(number_of(pipeline, "duplicates")),
               grouped(dropped(pipeline)),
               grouped(number_of(pipeline, "dead_lettered")),
               grouped(number_of(pipeline, "in_flight")),
               behind ? grouped(*behind) : "-"});
    below += reasons(pipeline);
  }
  for_each(root, "connections", [&below](const element& connection) {
    bool open = true;
    if (connection["open"].get(open) != simdjson::SUCCESS || open) return;
    const std::string why = text_of(connection, "error");
    below += "connection " + text_of(connection, "name") + ": not open" + (why.empty() ? "" : ": " + why) + "\n";
  });
  return (table.empty() ? "no pipelines run\n" : table.str(colours)) + below;
}

}  // namespace weir::cli
