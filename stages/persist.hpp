// persist: writes each message to the sink of its route. The runner does it; this is what YAML may say about it.
#pragma once

#include "pipeline/config/spec.hpp"
#include "pipeline/settings.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace weir::stages {

Spec<PersistPolicy> persist_spec();

}  // namespace weir::stages

template <>
struct weir::config::EnumNames<weir::OnExhausted> {
  static constexpr std::array<std::pair<std::string_view, weir::OnExhausted>, 2> names{
      {{"pause", weir::OnExhausted::pause}, {"dlq", weir::OnExhausted::dlq}}};
};
