#include "embedded/broker/storage/expand.hpp"

#include <algorithm>
#include <isa-l/igzip_lib.h>
#include <lz4frame.h>
#include <memory>
#include <snappy.h>
#include <zstd.h>

namespace weir::embedded::broker::storage {
namespace {

constexpr std::size_t kPiece = std::size_t{256} << 10;

// A stream's output, grown piece by piece.
class Output {
 public:
  explicit Output(std::size_t most) : most_(most) {}

  // Room for more, at least one byte; null: there is more than may be.
  char* room(std::size_t& size) {
    if (used_ == bytes_.size()) bytes_.resize(std::min(most_ + 1, used_ + kPiece));
    size = bytes_.size() - used_;
    return used_ > most_ ? nullptr : bytes_.data() + used_;
  }
  void take(std::size_t size) { used_ += size; }
  std::optional<std::string> finish() && {
    if (used_ > most_) return std::nullopt;
    bytes_.resize(used_);
    return std::move(bytes_);
  }

 private:
  const std::size_t most_;
  std::string bytes_;
  std::size_t used_ = 0;
};

std::optional<std::string> expand_gzip(std::string_view bytes, std::size_t most) {
  const auto state = std::make_unique<inflate_state>();
  isal_inflate_init(state.get());
  state->crc_flag = ISAL_GZIP;
  state->next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(bytes.data()));
  state->avail_in = static_cast<std::uint32_t>(bytes.size());
  Output out(most);
  while (state->block_state != ISAL_BLOCK_FINISH) {
    std::size_t size = 0;
    char* const room = out.room(size);
    if (room == nullptr) return std::nullopt;
    state->next_out = reinterpret_cast<std::uint8_t*>(room);
    state->avail_out = static_cast<std::uint32_t>(size);
    if (isal_inflate(state.get()) != ISAL_DECOMP_OK) return std::nullopt;
    out.take(size - state->avail_out);
    const bool starved = state->avail_in == 0 && state->avail_out > 0;
    if (starved && state->block_state != ISAL_BLOCK_FINISH) return std::nullopt;
  }
  return std::move(out).finish();
}

std::optional<std::string> expand_lz4(std::string_view bytes, std::size_t most) {
  LZ4F_dctx* made = nullptr;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&made, LZ4F_VERSION)) != 0) return std::nullopt;
  const std::unique_ptr<LZ4F_dctx, decltype(&LZ4F_freeDecompressionContext)> context(made,
                                                                                     LZ4F_freeDecompressionContext);
  Output out(most);
  for (;;) {
    std::size_t size = 0;
    char* const room = out.room(size);
    if (room == nullptr) return std::nullopt;
    std::size_t taken = bytes.size();
    const std::size_t hint = LZ4F_decompress(context.get(), room, &size, bytes.data(), &taken, nullptr);
    if (LZ4F_isError(hint) != 0) return std::nullopt;
    bytes.remove_prefix(taken);
    out.take(size);
    if (hint == 0) return std::move(out).finish();
    if (taken == 0 && size == 0) return std::nullopt;
  }
}

std::optional<std::string> expand_zstd(std::string_view bytes, std::size_t most) {
  const std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream(ZSTD_createDStream(), ZSTD_freeDStream);
  if (stream == nullptr) return std::nullopt;
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  Output out(most);
  for (;;) {
    std::size_t size = 0;
    char* const room = out.room(size);
    if (room == nullptr) return std::nullopt;
    ZSTD_outBuffer piece{room, size, 0};
    const std::size_t before = in.pos;
    const std::size_t hint = ZSTD_decompressStream(stream.get(), &piece, &in);
    if (ZSTD_isError(hint) != 0) return std::nullopt;
    out.take(piece.pos);
    if (hint == 0) return std::move(out).finish();
    if (in.pos == before && piece.pos == 0) return std::nullopt;
  }
}

bool append_snappy_block(std::string_view block, std::size_t most, std::string& out) {
  std::size_t size = 0;
  if (!snappy::GetUncompressedLength(block.data(), block.size(), &size) || size > most - out.size()) return false;
  const std::size_t before = out.size();
  out.resize(before + size);
  return snappy::RawUncompress(block.data(), block.size(), out.data() + before);
}

std::optional<std::string> expand_snappy(std::string_view bytes, std::size_t most) {
  using namespace std::string_view_literals;
  constexpr std::size_t kHeader = 16;  // magic, version, oldest version that can read it
  std::string out;
  if (!bytes.starts_with("\x82SNAPPY\0"sv)) {
    return append_snappy_block(bytes, most, out) ? std::optional(std::move(out)) : std::nullopt;
  }
  if (bytes.size() < kHeader) return std::nullopt;
  bytes.remove_prefix(kHeader);
  while (!bytes.empty()) {
    if (bytes.size() < 4) return std::nullopt;
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) length = (length << 8) | static_cast<unsigned char>(bytes[i]);
    bytes.remove_prefix(4);
    if (length > bytes.size() || !append_snappy_block(bytes.substr(0, length), most, out)) return std::nullopt;
    bytes.remove_prefix(length);
  }
  return out;
}

}  // namespace

std::optional<std::string> expand(Codec codec, std::string_view bytes, std::size_t most) {
  switch (codec) {
    case Codec::none:
      return bytes.size() <= most ? std::optional<std::string>(bytes) : std::nullopt;
    case Codec::gzip:
      return expand_gzip(bytes, most);
    case Codec::snappy:
      return expand_snappy(bytes, most);
    case Codec::lz4:
      return expand_lz4(bytes, most);
    case Codec::zstd:
      return expand_zstd(bytes, most);
  }
  return std::nullopt;
}

}  // namespace weir::embedded::broker::storage
