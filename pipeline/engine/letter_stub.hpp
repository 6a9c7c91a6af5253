// A dead letter that its sink finds too large, cut until it fits: the record itself is still where it was read.
#pragma once

#include "pipeline/batch.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace weir {

// What of a letter is left out.
enum class LetterCut : std::uint8_t {
  nothing,
  payload,  // all of it but its beginning
  headers,  // the record's own headers and a long key, too
};

// So much of a payload or key that is cut is kept: enough to see what it is. (Nothing at all would be read as the end of
// what the key stands for, should somebody play the letter back.)
inline constexpr std::size_t kKeptOfCut = 1024;

// What to leave out of a letter that was refused as too large; nothing when there is nothing left to cut.
std::optional<LetterCut> next_cut(const Message& letter, LetterCut done);

// `letter` (of make_dead_letter(), whole) without what `cut` says, and with headers that say so:
//
//   weir-payload-cut       true, when the payload was longer than kKeptOfCut
//   weir-payload-size      its length in bytes, weir-payload-sha256 its hash in hexadecimal digits
//   weir-headers-cut       how many of the record's own headers were left out
//   weir-key-cut           the length of a key that was cut
//
// Where the whole record lies, the letter's kafka_dlt-original-* headers say (or weir-read-from, where it is there).
Message cut_letter(Batch& batch, const Message& letter, LetterCut cut);

}  // namespace weir
