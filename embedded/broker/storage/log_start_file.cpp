#include "embedded/broker/storage/log_start_file.hpp"

#include "embedded/broker/wire/reader.hpp"
#include "embedded/broker/wire/writer.hpp"

namespace weir::embedded::broker::storage {

LogStartFile::LogStartFile(FileSystem& files, std::filesystem::path path)
    : slots_(files, std::move(path), sizeof(Offset)) {}

Result<std::optional<Offset>> LogStartFile::read() {
  const Result<std::optional<std::string>> stored = slots_.read();
  if (!stored) return stored.error();
  if (!*stored) return std::optional<Offset>();
  wire::Reader in(**stored);
  return std::optional<Offset>(in.i64());
}

Result<void> LogStartFile::write(Offset start) {
  wire::Writer out;
  out.i64(start);
  return slots_.write_durably(std::move(out).take());
}

}  // namespace weir::embedded::broker::storage
