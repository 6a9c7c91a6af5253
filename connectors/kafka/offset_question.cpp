#include "connectors/kafka/offset_question.hpp"

#include "connectors/kafka/admin_client.hpp"

#include <deque>

namespace weir::connectors::kafka {

namespace {

struct Part {
  std::size_t begin = 0;
  std::size_t end = 0;
};

}  // namespace

bool concerns_all_partitions(const Error& error) {
  return error.code() == Errc::unknown_outcome || error.code() == Errc::unauthenticated || is_unreachable(error);
}

OffsetAnswers ask_in_parts(const std::vector<TopicPartition>& partitions, const AskOffsets& ask, int& most_questions) {
  OffsetAnswers answers(partitions.size(), Error(Errc::cancelled, "was not asked about"));
  std::deque<Part> parts = {{0, partitions.size()}};
  for (; !parts.empty() && most_questions > 0; --most_questions) {
    const auto [begin, end] = parts.front();
    parts.pop_front();
    if (begin == end) continue;
    const auto at = [](auto& list, std::size_t index) {
      return list.begin() + static_cast<std::ptrdiff_t>(index);
    };
    const Result<OffsetAnswers> answer = ask({at(partitions, begin), at(partitions, end)});
    if (answer) {
      std::ranges::copy(*answer, at(answers, begin));
      continue;
    }
    std::fill(at(answers, begin), at(answers, end), answer.error());
    if (end - begin == 1 || concerns_all_partitions(answer.error())) continue;
    const std::size_t middle = begin + (end - begin) / 2;
    parts.push_back({begin, middle});
    parts.push_back({middle, end});
  }
  return answers;
}

}  // namespace weir::connectors::kafka
