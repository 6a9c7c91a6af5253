// How what was checked is shown.
#include "cli/inspect/server_check.hpp"
#include "cli/terminal/text.hpp"
#include "pipeline/text/json_writer.hpp"

#include <array>

namespace weir::cli {

namespace {

using State = CheckLine::State;

struct Look {
  std::string_view word;
  Colour colour;
};

Look look_of(State state) {
  switch (state) {
    case State::ok:
      return {"ok", Colour::green};
    case State::warning:
      return {"warning", Colour::yellow};
    case State::failed:
      return {"failed", Colour::red};
  }
  return {"failed", Colour::red};
}

// Lines that are ok, warnings, failures.
std::array<std::size_t, 3> tally(const std::vector<CheckedPlace>& places) {
  std::array<std::size_t, 3> counts{};
  for (const CheckedPlace& place : places) {
    for (const CheckLine& line : place.lines) ++counts.at(static_cast<std::size_t>(line.state));
  }
  return counts;
}

}  // namespace

std::string render_checks(const std::vector<CheckedPlace>& places, bool colours) {
  constexpr std::size_t kWord = 9;
  std::string out;
  for (const CheckedPlace& place : places) {
    out += printable(place.name) + "\n";
    for (const CheckLine& line : place.lines) {
      const Look look = look_of(line.state);
      out += "  " + coloured(look.word, look.colour, colours) + std::string(kWord - look.word.size(), ' ');
      out += printable(line.what) + ": " + printable(line.text) + "\n";
      if (!line.cure.empty()) out += std::string(2 + kWord, ' ') + "→ " + printable(line.cure) + "\n";
    }
  }
  const auto [good, warnings, failed] = tally(places);
  return out + std::to_string(good) + " ok, " + std::to_string(warnings) + " warning" + (warnings == 1 ? "" : "s") +
         ", " + std::to_string(failed) + " failed\n";
}

std::string render_checks_json(const std::vector<CheckedPlace>& places) {
  std::string out;
  {
    const auto [good, warnings, failed] = tally(places);
    text::JsonWriter json(out);
    json.begin_object();
    json.member("ok", good);
    json.member("warnings", warnings);
    json.member("failed", failed);
    json.key("checks");
    json.begin_array();
    for (const CheckedPlace& place : places) {
      for (const CheckLine& line : place.lines) {
        json.begin_object();
        json.member("place", place.name);
        json.member("state", look_of(line.state).word);
        json.member("what", line.what);
        json.member("text", line.text);
        json.member("cure", line.cure);
        json.end_object();
      }
    }
    json.end_array();
    json.end_object();
  }
  return out + "\n";
}

}  // namespace weir::cli
