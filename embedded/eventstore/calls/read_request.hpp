// A Read request checked and turned into a session. Private: includes generated code.
#pragma once

#include "embedded/eventstore/reads/read_session.hpp"
#include "embedded/eventstore/wire/values.hpp"

namespace weir::embedded::eventstore {

struct CheckedRead {
  std::unique_ptr<ReadSession> session;
  std::string stream;  // "$all" for the log
  bool is_subscription = false;
  wire::UuidForm uuid_form = wire::UuidForm::structured;
};

// invalid_argument for every combination of options that has no meaning, saying which.
Result<CheckedRead> check_read(const Reader& reader, const wire::streams::ReadReq& request);

}  // namespace weir::embedded::eventstore
