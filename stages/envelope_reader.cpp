#include "stages/envelope_reader.hpp"

#include "stages/field_values.hpp"

namespace weir::stages {
namespace {

std::string_view joined(const std::vector<std::string_view>& pieces, std::pmr::memory_resource& arena) {
  if (pieces.empty()) return {};
  if (pieces.size() == 1) return pieces.front();
  std::size_t size = pieces.size() - 1;
  for (const std::string_view piece : pieces) size += piece.size();
  char* const start = static_cast<char*>(arena.allocate(size, 1));
  char* out = start;
  for (const std::string_view piece : pieces) {
    if (out != start) *out++ = ',';
    out += piece.copy(out, piece.size());
  }
  return {start, size};
}

}  // namespace

void EnvelopeReader::clear() {
  for (EnvelopeMember& member : members_) member.met = false;
  text_ = {};
  id_scope_.clear();
  is_cloud_event_ = false;
  unknown_.clear();
  aside_.clear();
  kept_.clear();
}

bool EnvelopeReader::read(const Envelope& envelope, const PayloadView& view, std::string& why) {
  text_ = view.text();
  JsonCursor cursor(view.index());
  JsonKind kind;
  if (!cursor.peek(kind)) return view.broken(cursor.problem(), why);
  if (kind == JsonKind::object) return walk(envelope, view, why);
  JsonSlice whole;
  if (!cursor.value(whole) || !cursor.at_end()) return view.broken(cursor.problem(), why);
  why = "the payload is ";
  why.append(describe(kind)).append("; an event's envelope must be a JSON object");
  if (kind == JsonKind::array) why += ", and a record holds one event: a list of them has to be split before weir";
  return false;
}

bool EnvelopeReader::walk(const Envelope& envelope, const PayloadView& view, std::string& why) {
  JsonCursor cursor(view.index());
  cursor.enter();
  in_run_ = false;
  for (;;) {
    JsonSlice name;
    JsonSlice value;
    const JsonCursor::Step step = cursor.next_member(name);
    if (step == JsonCursor::Step::end) break;
    if (step == JsonCursor::Step::broken || !cursor.value(value)) return view.broken(cursor.problem(), why);
    const Field field = field_of_member(envelope, plain(name));
    if (field == Field::none) {
      pass_by(envelope, name, value);
      continue;
    }
    in_run_ = false;
    const bool short_name = envelope.domain_event && is_short_name(name.inside(text_));
    EnvelopeMember& first = members_[static_cast<std::size_t>(field)];
    const EnvelopeMember found{name, value, true, short_name};
    if (!first.met)
      first = found;
    else if (!settle(first, found, view, why))
      return false;
  }
  return cursor.at_end() || view.broken(cursor.problem(), why);
}

std::string_view EnvelopeReader::plain(const JsonSlice& string) {
  const std::string_view inside = string.inside(text_);
  if (!string.escaped) return inside;
  scratch_.resize(inside.size());
  std::size_t size = 0;
  if (!unescape(inside, scratch_.data(), size)) return inside;
  return std::string_view(scratch_).substr(0, size);
}

void EnvelopeReader::pass_by(const Envelope& envelope, const JsonSlice& name, const JsonSlice& value) {
  if (!envelope.id_scope.empty() && value.kind != JsonKind::null && plain(name) == envelope.id_scope)
    id_scope_ = value.kind == JsonKind::string ? plain(value) : value.raw(text_);
  if (envelope.domain_event && name.inside(text_) == "specversion") is_cloud_event_ = true;
  if (in_run_) {
    unknown_.back().second = value.end;
  } else {
    unknown_.emplace_back(name.begin, value.end);
    in_run_ = true;
  }
}

bool EnvelopeReader::stands_twice(const EnvelopeMember& member, const PayloadView& view, std::string& why) const {
  why =
      std::string(member.name.inside(text_)) + " stands twice in the envelope" + place(view.offset(member.name.begin));
  return false;
}

bool EnvelopeReader::put_aside(const EnvelopeMember& member, const PayloadView& view, std::string& why) {
  for (const auto& [begin, end] : aside_) {
    if (text_.substr(begin, end - begin).starts_with(member.name.raw(text_))) return stands_twice(member, view, why);
  }
  aside_.emplace_back(member.name.begin, member.value.end);
  return true;
}

// Which of two members of one field is meant.
bool EnvelopeReader::settle(EnvelopeMember& first, const EnvelopeMember& found, const PayloadView& view,
                            std::string& why) {
  const auto name = [this](const EnvelopeMember& member) {
    return std::string(member.name.inside(text_));
  };
  if (found.name.raw(text_) == first.name.raw(text_)) return stands_twice(found, view, why);
  if (!found.says_something()) return true;
  if (!first.says_something()) {
    first = found;
    return true;
  }
  if (found.value.raw(text_) == first.value.raw(text_)) {
    if (first.short_name) first = found;
    return true;
  }
  if (found.short_name != first.short_name) {  // the long name is meant
    if (!put_aside(found.short_name ? found : first, view, why)) return false;
    if (first.short_name) first = found;
    return true;
  }
  why = name(first) + " and " + name(found) + " mean the same and differ" + place(view.offset(found.name.begin)) +
        "; name the members to read with 'fields:'";
  return false;
}

void EnvelopeReader::set_aside(Field field) {
  EnvelopeMember& member = members_[static_cast<std::size_t>(field)];
  aside_.emplace_back(member.name.begin, member.value.end);
  member.met = false;
}

std::string_view EnvelopeReader::rest(std::pmr::memory_resource& arena) {
  if (aside_.empty() && kept_.empty() && unknown_.size() <= 1) {
    if (unknown_.empty()) return {};
    const auto [begin, end] = unknown_.front();
    return text_.substr(begin, end - begin);
  }
  std::vector<std::string_view> pieces;
  for (const auto& [begin, end] : unknown_) pieces.push_back(text_.substr(begin, end - begin));
  for (const auto& [begin, end] : aside_) pieces.push_back(text_.substr(begin, end - begin));
  pieces.insert(pieces.end(), kept_.begin(), kept_.end());
  return joined(pieces, arena);
}

std::string_view EnvelopeReader::rest_of_elsewhere(std::pmr::memory_resource& arena) {
  return joined(kept_, arena);
}

}  // namespace weir::stages
