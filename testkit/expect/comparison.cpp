#include "testkit/expect/comparison.hpp"

#include "pipeline/config/scalars.hpp"
#include "pipeline/text/quotes.hpp"
#include "testkit/expect/item_text.hpp"
#include "testkit/expect/list_comparison.hpp"

#include <algorithm>
#include <cmath>

namespace weir::testkit {

namespace {

constexpr std::size_t kMaxOthers = 10;

template <class T>
std::string bounds_text(const Bounds<T>& bounds, T lowest, T highest, const auto& text) {
  if (bounds.least == bounds.most) return text(bounds.least);
  if (bounds.most == highest) return "at least " + text(bounds.least);
  if (bounds.least == lowest) return "at most " + text(bounds.most);
  return text(bounds.least) + " to " + text(bounds.most);
}

std::string number_text(double value) {
  constexpr double kExact = 9e15;  // whole numbers up to here are written as such, not as 1e+06
  if (std::abs(value) < kExact && std::trunc(value) == value) return std::to_string(static_cast<std::int64_t>(value));
  std::string text;
  config::write_double(value, text);
  return text;
}

class Comparison {
 public:
  Comparison(const Expectation& expected, const Observed& observed)
      : expected_(expected), observed_(observed), covered_(observed.outputs.size(), false) {}

  std::vector<Difference> run() {
    compare_end();
    for (const Expectation::Place& place : expected_.places) compare_place(place);
    if (!expected_.allow_other) find_others();
    compare_committed();
    compare_dropped();
    compare_figures();
    compare_metrics();
    for (const Observed::Unused& fault : observed_.unused) add(fault.mark, fault.what);
    return std::move(differences_);
  }

 private:
  // The first line is the summary, others stand below it.
  void add(const config::Mark& mark, const std::string& text) {
    Difference difference{mark, text.substr(0, text.find('\n'))};
    for (std::size_t at = difference.summary.size() + 1; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      if (end > at) difference.lines.push_back({DiffLine::Kind::note, text.substr(at, end - at)});
      at = end + 1;
    }
    differences_.push_back(std::move(difference));
  }

  void compare_end() {
    compare_sentence(expected_.fails, observed_.failure, "the pipeline was to fail", "the pipeline failed");
    compare_sentence(expected_.unfinished, observed_.unfinished, "something was to be left unfinished",
                     "not everything was finished");
  }

  void compare_sentence(const std::optional<Expected<Pattern>>& wanted, const std::optional<std::string>& found,
                        const std::string& missing, const std::string& happened) {
    if (!wanted) {
      if (found) add(expected_.mark, happened + ": " + *found);
    } else if (!found) {
      add(wanted->mark, missing + " because of " + text::quoted(wanted->value.text()) + ", and did not");
    } else if (!wanted->value.is_in(*found)) {
      add(wanted->mark, happened + ", but its reason lacks " + text::quoted(wanted->value.text()) + ": " + *found);
    }
  }

  static bool lies_at(const Output& output, const Expectation::Place& place) {
    switch (place.where) {
      case Expectation::Where::sink:
        return output.sink == place.name;
      case Expectation::Where::stream:
        return output.kind == Output::Kind::event && output.place == place.name;
      case Expectation::Where::topic:
        return output.kind == Output::Kind::record && output.place == place.name;
      case Expectation::Where::file:
        return output.kind == Output::Kind::line && output.place == place.name;
    }
    return false;
  }

  void compare_place(const Expectation::Place& place) {
    std::vector<const Output*> found;
    for (std::size_t i = 0; i < observed_.outputs.size(); ++i) {
      if (!lies_at(observed_.outputs[i], place)) continue;
      covered_[i] = true;
      found.push_back(&observed_.outputs[i]);
    }
    const std::string about = std::string(to_string(place.where)) + " " + place.name;
    const bool with_place = place.where == Expectation::Where::sink;
    if (std::optional<Difference> difference = compare_list(place.list, found, place.kind, about, with_place))
      differences_.push_back(std::move(*difference));
  }

  // What no part of the test speaks of, by who wrote it.
  void find_others() {
    std::vector<std::pair<std::string, std::vector<const Output*>>> groups;
    for (std::size_t i = 0; i < observed_.outputs.size(); ++i) {
      if (covered_[i]) continue;
      const Output& output = observed_.outputs[i];
      const std::string about =
          output.sink.empty() ? std::string(place_word(output.kind)) + " " + output.place : "sink " + output.sink;
      auto group = std::ranges::find(groups, about, [](const auto& pair) { return pair.first; });
      if (group == groups.end()) group = groups.insert(groups.end(), {about, {}});
      group->second.push_back(&output);
    }
    for (const auto& [about, outputs] : groups) {
      const std::string count = count_text(outputs.size(), outputs.front()->kind);
      Difference difference{expected_.mark, about + ": " + count + " that the test does not speak of"};
      for (std::size_t i = 0; i < std::min(outputs.size(), kMaxOthers); ++i)
        difference.lines.push_back({DiffLine::Kind::unexpected, describe(*outputs[i], true)});
      if (outputs.size() > kMaxOthers)
        difference.lines.push_back({DiffLine::Kind::note, std::to_string(outputs.size() - kMaxOthers) + " more"});
      differences_.push_back(std::move(difference));
    }
  }

  void compare_committed() {
    for (const auto& [wanted, mark] : expected_.committed) {
      const auto& [partition, offset] = wanted;
      const auto found = observed_.committed.find(partition);
      const bool never = found == observed_.committed.end();
      // Nothing committed is where a new group begins.
      if ((never && offset == 0) || (!never && found->second == offset)) continue;
      add(mark, "committed " + partition.first + "/" + std::to_string(partition.second) + ": expected " +
                    std::to_string(offset) + ", found " + (never ? "nothing" : std::to_string(found->second)));
    }
  }

  void compare_dropped() {
    if (!expected_.all_dropped) return;
    for (const auto& [wanted, mark] : expected_.dropped) {
      const auto found = observed_.dropped.find(wanted.first);
      const std::uint64_t count = found == observed_.dropped.end() ? 0 : found->second;
      if (count != wanted.second)
        add(mark, "dropped as " + wanted.first + ": expected " + std::to_string(wanted.second) + ", found " +
                      std::to_string(count));
    }
    for (const auto& [reason, count] : observed_.dropped) {
      const auto said = [&reason](const auto& wanted) {
        return wanted.value.first == reason;
      };
      if (count > 0 && std::ranges::none_of(expected_.dropped, said))
        add(expected_.mark,
            "dropped as " + reason + ": " + std::to_string(count) + ", which the test does not speak of");
    }
  }

  void compare_figures() {
    const auto number = [](std::uint64_t value) {
      return std::to_string(value);
    };
    if (expected_.duplicates && expected_.duplicates->value != observed_.duplicates)
      add(expected_.duplicates->mark,
          "duplicates: expected " + number(expected_.duplicates->value) + ", found " + number(observed_.duplicates));
    if (expected_.retries && !expected_.retries->value.hold(observed_.retries.size()))
      add(expected_.retries->mark, "retries: expected " +
                                       bounds_text<std::uint64_t>(expected_.retries->value, 0, INT64_MAX, number) +
                                       ", found " + retries_text());
    if (expected_.retry_times && expected_.retry_times->value != observed_.retries)
      add(expected_.retry_times->mark,
          "retries: expected at " + times_text(expected_.retry_times->value) + ", found " + retries_text());
    if (expected_.elapsed && !expected_.elapsed->value.hold(observed_.elapsed))
      add(expected_.elapsed->mark, "elapsed: expected " +
                                       bounds_text<Duration>(expected_.elapsed->value, Duration::zero(),
                                                             Duration::max(), &config::format_duration) +
                                       ", found " + config::format_duration(observed_.elapsed));
  }

  static std::string times_text(const std::vector<Duration>& times) {
    constexpr std::size_t kMost = 20;
    std::string text;
    for (std::size_t i = 0; i < std::min(times.size(), kMost); ++i)
      text.append(text.empty() ? "" : ", ").append(config::format_duration(times[i]));
    if (times.size() > kMost) text += ", ...";
    return text.empty() ? "no time" : text;
  }
  std::string retries_text() const {
    if (observed_.retries.empty()) return "none";
    return std::to_string(observed_.retries.size()) + ", at " + times_text(observed_.retries);
  }

  static bool has_labels(const SeenMetric& metric, const Labels& wanted) {
    return std::ranges::all_of(wanted, [&metric](const auto& label) {
      return std::ranges::find(metric.labels, label) != metric.labels.end();
    });
  }

  // A name that is misspelt would make it 0, which may be what is expected.
  bool lacks_label(const ExpectedMetric& wanted, const std::vector<std::string_view>& known) {
    for (const auto& [label, value] : wanted.labels) {
      if (std::ranges::find(known, label) != known.end()) continue;
      const std::string_view near = config::nearest(label, known);
      add(wanted.mark, wanted.name + " has no label " + config::quote(label) +
                           (near.empty() ? "" : "; did you mean '" + std::string(near) + "'?"));
      return true;
    }
    return false;
  }

  void compare_metrics() {
    for (const ExpectedMetric& wanted : expected_.metrics) {
      double sum = 0;
      std::vector<std::string_view> known;
      bool named = false;
      std::vector<std::string_view> labels;  // of the series of that name
      for (const SeenMetric& metric : observed_.metrics) {
        known.push_back(metric.name);
        if (metric.name != wanted.name) continue;
        named = true;
        for (const auto& [label, value] : metric.labels) labels.push_back(label);
        if (has_labels(metric, wanted.labels)) sum += metric.value;
      }
      if (named && lacks_label(wanted, labels)) continue;
      if (named && wanted.value.hold(sum)) continue;
      if (!named) {
        const std::string_view near = config::nearest(wanted.name, known);
        add(wanted.mark, "there is no metric " + config::quote(wanted.name) +
                             (near.empty() ? "" : "; did you mean '" + std::string(near) + "'?"));
        continue;
      }
      add(wanted.mark, wanted.written + ": expected " +
                           bounds_text<double>(wanted.value, std::numeric_limits<double>::lowest(),
                                               std::numeric_limits<double>::max(), &number_text) +
                           ", found " + number_text(sum));
    }
  }

  const Expectation& expected_;
  const Observed& observed_;
  std::vector<bool> covered_;
  std::vector<Difference> differences_;
};

}  // namespace

std::vector<Difference> compare(const Expectation& expected, const Observed& observed) {
  return Comparison(expected, observed).run();
}

}  // namespace weir::testkit
