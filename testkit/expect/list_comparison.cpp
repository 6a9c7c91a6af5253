#include "testkit/expect/list_comparison.hpp"

#include "testkit/expect/item_text.hpp"

#include <algorithm>
#include <functional>

namespace weir::testkit {

namespace {

using Kind = DiffLine::Kind;

constexpr std::size_t kMaxLines = 60;           // of one difference
constexpr std::size_t kMaxAligned = 1'000'000;  // pairs that are held against each other to find the best alignment
constexpr std::size_t kContext = 2;             // items as expected that are shown beside a difference

// Which expected item is which found one: for each item the index of its output, or none.
using Pairs = std::vector<std::optional<std::size_t>>;

class Table {
 public:
  Table(const std::vector<ExpectedItem>& items, const std::vector<const Output*>& found)
      : width_(found.size()), fits_(items.size() * found.size()) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      for (std::size_t j = 0; j < width_; ++j) fits_[i * width_ + j] = !differs(items[i], *found[j]).has_value();
    }
  }
  bool fits(std::size_t item, std::size_t output) const { return fits_[item * width_ + output]; }

 private:
  std::size_t width_;
  std::vector<bool> fits_;
};

// The longest run of items that are there in their order, as a diff finds it.
Pairs align(const std::vector<ExpectedItem>& items, const std::vector<const Output*>& found) {
  Pairs pairs(items.size());
  if (items.size() * found.size() > kMaxAligned) {  // one by one, as they come
    for (std::size_t i = 0; i < std::min(items.size(), found.size()); ++i) {
      if (!differs(items[i], *found[i])) pairs[i] = i;
    }
    return pairs;
  }
  const Table table(items, found);
  const std::size_t width = found.size() + 1;
  std::vector<std::uint32_t> longest((items.size() + 1) * width, 0);  // of the rests behind (i, j)
  for (std::size_t i = items.size(); i-- > 0;) {
    for (std::size_t j = found.size(); j-- > 0;) {
      longest[i * width + j] = table.fits(i, j) ? longest[(i + 1) * width + j + 1] + 1
                                                : std::max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
    }
  }
  for (std::size_t i = 0, j = 0; i < items.size() && j < found.size();) {
    if (table.fits(i, j)) {
      pairs[i++] = j++;
    } else if (longest[(i + 1) * width + j] >= longest[i * width + j + 1]) {
      ++i;
    } else {
      ++j;
    }
  }
  return pairs;
}

// As many items as can be there at once, whatever their order: one output may fit several of them.
Pairs assign(const std::vector<ExpectedItem>& items, const std::vector<const Output*>& found) {
  Pairs pairs(items.size());
  std::vector<std::optional<std::size_t>> taken_by(found.size());
  std::vector<bool> tried;
  const std::function<bool(std::size_t)> place = [&](std::size_t item) {
    for (std::size_t j = 0; j < found.size(); ++j) {
      if (tried[j] || differs(items[item], *found[j])) continue;
      tried[j] = true;
      if (taken_by[j].has_value() && !place(*taken_by[j])) continue;
      taken_by[j] = item;
      return true;
    }
    return false;
  };
  for (std::size_t i = 0; i < items.size(); ++i) {
    tried.assign(found.size(), false);
    place(i);
  }
  for (std::size_t j = 0; j < found.size(); ++j) {
    if (taken_by[j].has_value()) pairs[*taken_by[j]] = j;
  }
  return pairs;
}

// Writes the lines of a difference, with some of what is as expected around what is not.
class DiffWriter {
 public:
  DiffWriter(const std::vector<ExpectedItem>& items, const std::vector<const Output*>& found, bool with_place)
      : items_(items), found_(found), with_place_(with_place) {}

  std::vector<DiffLine> in_order(const Pairs& pairs) {
    std::size_t j = 0;
    for (std::size_t i = 0; i < items_.size();) {
      std::size_t end = i;
      while (end < items_.size() && !pairs[end].has_value()) ++end;
      const std::size_t until = end < items_.size() ? *pairs[end] : found_.size();
      gap(i, end, j, until);
      if (end < items_.size()) add(Kind::same, until, describe(*found_[until], with_place_));
      i = end + 1;
      j = until + 1;
    }
    if (items_.empty() || pairs.back().has_value()) gap(items_.size(), items_.size(), j, found_.size());
    return take();
  }

  // Whatever has no partner; those of the same rank among them are held against each other.
  std::vector<DiffLine> in_any_order(const Pairs& pairs, bool others_may_be_there) {
    std::vector<bool> used(found_.size(), false);
    for (const auto& pair : pairs) {
      if (pair.has_value()) used[*pair] = true;
    }
    std::size_t j = 0;
    const auto next_unused = [&] {
      while (j < found_.size() && used[j]) ++j;
      return j < found_.size();
    };
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (pairs[i].has_value()) continue;
      add(Kind::missing, i, describe(items_[i]));
      if (!next_unused() || others_may_be_there) continue;
      unlike(i, j);
      ++j;
    }
    for (; !others_may_be_there && next_unused(); ++j) add(Kind::unexpected, j, describe(*found_[j], with_place_));
    return take();
  }

 private:
  // Items [i, end) are missing where outputs [j, until) are too many: pairwise, then the rest.
  void gap(std::size_t i, std::size_t end, std::size_t j, std::size_t until) {
    for (; i < end && j < until; ++i, ++j) {
      add(Kind::missing, i, describe(items_[i]));
      unlike(i, j);
    }
    for (; i < end; ++i) add(Kind::missing, i, describe(items_[i]));
    for (; j < until; ++j) add(Kind::unexpected, j, describe(*found_[j], with_place_));
  }

  void unlike(std::size_t item, std::size_t output) {
    add(Kind::unexpected, output, describe(*found_[output], with_place_));
    if (const std::optional<Unlike> where = differs(items_[item], *found_[output]))
      lines_.push_back({Kind::note, where->str()});
  }

  void add(Kind kind, std::size_t index, const std::string& text) {
    lines_.push_back({kind, "[" + std::to_string(index) + "] " + text});
  }

  // Runs of lines that are the same are cut to their ends; what is still too long is cut behind.
  std::vector<DiffLine> take() {
    std::vector<DiffLine> kept;
    for (std::size_t at = 0; at < lines_.size();) {
      std::size_t end = at;
      while (end < lines_.size() && lines_[end].kind == Kind::same) ++end;
      const std::size_t head = at == 0 ? 0 : kContext;
      const std::size_t tail = end == lines_.size() ? 0 : kContext;
      const bool cut = end - at > head + tail + 1;
      for (std::size_t i = at; i < end; ++i) {
        if (cut && i == at + head) {
          kept.push_back({Kind::note, std::to_string(end - at - head - tail) + " more as expected"});
          i = end - tail;
          if (i == end) break;
        }
        kept.push_back(std::move(lines_[i]));
      }
      if (end < lines_.size()) kept.push_back(std::move(lines_[end++]));
      at = end;
    }
    if (kept.size() > kMaxLines) {
      const std::size_t more = kept.size() - kMaxLines;
      kept.resize(kMaxLines);
      kept.push_back({Kind::note, std::to_string(more) + " more lines"});
    }
    return kept;
  }

  const std::vector<ExpectedItem>& items_;
  const std::vector<const Output*>& found_;
  const bool with_place_;
  std::vector<DiffLine> lines_;
};

std::string wanted_text(const ExpectedList& expected, Output::Kind kind) {
  if (expected.count.has_value()) return count_text(*expected.count, kind);
  const bool contains = expected.order == ExpectedList::Order::contains;
  return (contains ? "at least " : "") + count_text(expected.items->size(), kind);
}

}  // namespace

std::optional<Unlike> differs(const ExpectedItem& item, const Output& output) {
  for (const auto& [name, matcher] : item.fields) {
    const Field* field = output.find(name);
    if (field == nullptr) {
      return Unlike{name, "a value",
                    name == "reason" || name == "stage" ? "none: it is no dead letter" : "none: it has no such part"};
    }
    if (std::optional<Unlike> unlike = matcher.differs(field->bytes, name)) return unlike;
  }
  for (const auto& [name, matcher] : item.headers) {
    const auto header = std::ranges::find(output.headers, name, [](const auto& pair) { return pair.first; });
    if (header == output.headers.end()) return Unlike{"headers." + name, "a header", "no such header"};
    if (std::optional<Unlike> unlike = matcher.differs(header->second, "headers." + name)) return unlike;
  }
  return std::nullopt;
}

std::optional<Difference> compare_list(const ExpectedList& expected, const std::vector<const Output*>& found,
                                       Output::Kind kind, std::string_view about, bool with_place) {
  using Order = ExpectedList::Order;
  bool good = !expected.count.has_value() || *expected.count == found.size();
  Difference difference;
  difference.mark = expected.mark;
  if (expected.items.has_value()) {
    const std::vector<ExpectedItem>& items = *expected.items;
    const bool in_order = expected.order == Order::exact;
    const Pairs pairs = in_order ? align(items, found) : assign(items, found);
    const bool all_there = std::ranges::all_of(pairs, [](const auto& pair) { return pair.has_value(); });
    good = good && all_there && (expected.order == Order::contains || items.size() == found.size());
    DiffWriter writer(items, found, with_place);
    if (!good)
      difference.lines =
          in_order ? writer.in_order(pairs) : writer.in_any_order(pairs, expected.order == Order::contains);
  } else if (!good) {
    const std::vector<ExpectedItem> none;
    DiffWriter writer(none, found, with_place);
    difference.lines = writer.in_order({});
  }
  if (good) return std::nullopt;
  const std::string wanted = wanted_text(expected, kind);
  const std::string had = count_text(found.size(), kind);
  difference.summary =
      std::string(about) + (wanted == had ? ": not as expected" : ": " + wanted + " expected, " + had + " found");
  return difference;
}

}  // namespace weir::testkit
