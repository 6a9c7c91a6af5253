#include "tests/embedded/broker/storage/compress.hpp"

#include <isa-l/igzip_lib.h>
#include <lz4frame.h>
#include <memory>
#include <snappy.h>
#include <string_view>
#include <zstd.h>

namespace weir::embedded::broker::storage {
namespace {

std::string gzip(const std::string& text) {
  std::string out(text.size() + 1024, '\0');
  const auto stream = std::make_unique<isal_zstream>();
  isal_deflate_stateless_init(stream.get());
  stream->gzip_flag = IGZIP_GZIP;
  stream->end_of_stream = 1;
  stream->next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  stream->avail_in = static_cast<std::uint32_t>(text.size());
  stream->next_out = reinterpret_cast<std::uint8_t*>(out.data());
  stream->avail_out = static_cast<std::uint32_t>(out.size());
  if (isal_deflate_stateless(stream.get()) != COMP_OK) return {};
  out.resize(stream->total_out);
  return out;
}

std::string snappy_block(const std::string& text) {
  std::string out(snappy::MaxCompressedLength(text.size()), '\0');
  std::size_t size = 0;
  snappy::RawCompress(text.data(), text.size(), out.data(), &size);
  out.resize(size);
  return out;
}

}  // namespace

std::string compress(Codec codec, const std::string& text) {
  std::string out;
  switch (codec) {
    case Codec::none:
      return text;
    case Codec::gzip:
      return gzip(text);
    case Codec::snappy:
      return snappy_block(text);
    case Codec::lz4:
      out.resize(LZ4F_compressFrameBound(text.size(), nullptr));
      out.resize(LZ4F_compressFrame(out.data(), out.size(), text.data(), text.size(), nullptr));
      return out;
    case Codec::zstd:
      out.resize(ZSTD_compressBound(text.size()));
      out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
      return out;
  }
  return out;
}

std::string snappy_frames(const std::vector<std::string>& blocks) {
  using namespace std::string_view_literals;
  std::string out("\x82SNAPPY\0\0\0\0\1\0\0\0\1"sv);
  for (const std::string& text : blocks) {
    const std::string block = snappy_block(text);
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(block.size() >> shift));
    out += block;
  }
  return out;
}

}  // namespace weir::embedded::broker::storage
