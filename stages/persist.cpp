#include "stages/persist.hpp"

#include <cmath>

namespace weir::stages {
namespace {

Spec<RetryPolicy> retry_spec() {
  using namespace std::chrono_literals;
  Spec<RetryPolicy> spec("How often, and how far apart, a write that failed is sent again.");
  spec.option("attempts", &RetryPolicy::attempts,
              "Tries in all: the first, and so many retries as are left (6: the first try and five more).")
      .min(1)
      .max(1000);
  spec.option("initial", &RetryPolicy::initial, "Wait before the second try.").min(1ms).max(10min);
  spec.option("multiplier", &RetryPolicy::multiplier, "By what each wait is longer than the one before.")
      .min(1.0)
      .max(100.0)
      .check([](const double& value) {
        return std::isfinite(value) ? std::string() : std::string("expected a finite number");
      });
  spec.option("max", &RetryPolicy::max, "The longest wait.").min(1ms).max(24h);
  spec.validate(
      [](const RetryPolicy& retry, const config::Node& where, const std::string& path, config::Diagnostics& out) {
        if (retry.max >= retry.initial) return;
        const config::Node* max = where.find("max");
        out.error("out-of-range", max == nullptr ? where.mark() : max->mark(), config::join_path(path, "max"),
                  "the longest wait is shorter than the first one", "raise 'max' or lower 'initial'");
      });
  return spec;
}

}  // namespace

Spec<PersistPolicy> persist_spec() {
  Spec<PersistPolicy> spec("Writes each message to the sink of its route and waits until the sink has confirmed it.");
  spec.option("retry", &PersistPolicy::retry, "What is tried when the sink fails; data errors are never tried again.",
              retry_spec());
  spec.option(
      "on_exhausted", &PersistPolicy::on_exhausted,
      "When all attempts have failed. pause: the pipeline holds, tries on with the longest wait, and loses nothing; "
      "dlq: the message is dead-lettered.");
  return spec;
}

}  // namespace weir::stages
