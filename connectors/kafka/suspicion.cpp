#include "connectors/kafka/suspicion.hpp"

#include "connectors/kafka/start_plan.hpp"

namespace weir::connectors::kafka {

namespace {

constexpr const char* kAnotherLog =
    ": the topic was deleted and made anew, or its log was cut. Its committed offset is given up and it is read again "
    "from the first record that the broker has";

std::string what_it_holds(const OffsetRange& range) {
  if (!range.known()) return "what its log holds cannot be learned now (" + range.trouble + ")";
  return "its log holds " + std::to_string(range.start) + " to " + std::to_string(range.end);
}

std::string place_of(const Suspect& suspect) {
  return name_of(suspect.id) + ", offset " + std::to_string(suspect.offset);
}

}  // namespace

Judgement Suspicion::judge(const Suspect& suspect, const OffsetRange& range) {
  const std::string holds = what_it_holds(range);
  switch (suspect.why) {
    case Suspect::Why::topic_is_gone:
      // One that was deleted has taken the group's commits with it; one that was only out of sight has not.
      return {false, false,
              "the broker does not know a topic any more that was being read (" + suspect.text +
                  "). The partitions are given up; if it was deleted and is made anew, it is read from its first "
                  "record"};
    case Suspect::Why::damaged:
      return judge_damage(suspect);
    case Suspect::Why::beyond_end:
      if (range.known() && suspect.offset >= range.end) {
        return {true, false,
                place_of(suspect) + ": a record says that it stands there, and " + holds +
                    ": it is damaged, or its producer is broken"};
      }
      return {false, false,
              place_of(suspect) + ": the log's end moved back and forth; it is read again from the commit"};
    case Suspect::Why::went_back:
      return judge_step_back(suspect, holds);
    case Suspect::Why::out_of_range:
      break;
  }
  const std::string place =
      name_of(suspect.id) + ": the broker does not have offset " + std::to_string(suspect.position) + ", " + holds;
  // Retention takes the oldest: whoever stands before what is left was overtaken, anybody else reads another log.
  if (range.known() && suspect.position < range.start)
    return {false, false, place + ": retention was faster than weir"};
  return {false, true, place + kAnotherLog};
}

Judgement Suspicion::judge_damage(const Suspect& suspect) {
  const auto [known, is_new] = damages_.try_emplace(suspect.id, suspect.offset);
  if (!is_new && std::exchange(known->second, suspect.offset) == suspect.offset) {
    return {
        true, false,
        place_of(suspect) +
            ": the bytes are not those that were written, each time they are read: the broker's disk is damaged, or "
            "they are of a format that weir does not know (" +
            suspect.text + ")"};
  }
  return {false, false,
          place_of(suspect) + ": the bytes are not those that were written; they are read once more from the commit (" +
              suspect.text + ")"};
}

Judgement Suspicion::judge_step_back(const Suspect& suspect, const std::string& holds) {
  const std::pair<Offset, Offset> fall{suspect.position, suspect.offset};
  const auto [known, is_new] = falls_.try_emplace(suspect.id, fall);
  const bool again = !is_new && std::exchange(known->second, fall) == fall;
  const std::string last = std::to_string(suspect.position - 1);
  if (again) {
    return {true, false,
            place_of(suspect) + ": it follows offset " + last + " each time it is read: the record at offset " + last +
                " is damaged, or its producer is broken"};
  }
  return {false, true, place_of(suspect) + ": it comes behind offset " + last + ", " + holds + kAnotherLog};
}

}  // namespace weir::connectors::kafka
