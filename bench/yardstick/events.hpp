// The events every benchmark uses: deterministic, 400 bytes of JSON, the full envelope of a domain event.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

namespace weir::bench {

inline std::uint64_t mix(std::uint64_t x) {  // splitmix64's finaliser
  x += 0x9E3779B97F4A7C15ull;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  return x ^ (x >> 31);
}

// The aggregate of event `i` when there are `streams` of them.
inline std::string aggregate_id(std::uint64_t i, std::uint64_t streams) {
  return "a" + std::to_string(mix(i) % streams);
}

inline std::string uuid_text(std::uint64_t i) {
  const std::uint64_t high = mix(i * 2 + 1), low = mix(i * 2 + 2);
  char text[40];
  std::snprintf(text, sizeof text, "%08x-%04x-4%03x-a%03x-%012llx", unsigned(high >> 32), unsigned(high >> 16) & 0xffff,
                unsigned(high) & 0xfff, unsigned(low >> 52) & 0xfff, (unsigned long long)(low & 0xffffffffffffull));
  return text;
}

// Event `i` as a producer would publish it, padded to 400 bytes.
inline std::string event_json(std::uint64_t i, std::uint64_t streams) {
  static constexpr const char* kTypes[] = {"SystemRegistered",      "SystemDecommissioned", "VulnerabilityDetected",
                                           "VulnerabilityResolved", "TaskCreated",          "TaskCompleted",
                                           "RelationshipMapped",    "AuditLogged"};
  char head[512];
  const int n = std::snprintf(
      head, sizeof head,
      R"({"eventId":"%s","eventType":"%s","aggregateId":"%s","aggregateType":"System","aggregateVersion":%llu,"occurredOn":"2026-01-02T03:04:05.678Z","correlationId":"%s","data":{"name":"host-%llu","score":%.1f,"note":")",
      uuid_text(i).c_str(), kTypes[mix(i ^ 77) % 8], aggregate_id(i, streams).c_str(),
      (unsigned long long)(i / streams + 1), uuid_text(i + (1ull << 40)).c_str(), (unsigned long long)(i % 5000),
      double(i % 100) / 10);
  std::string json(head, static_cast<std::size_t>(n));
  const std::size_t target = 400 - 3;
  if (json.size() < target) json.append(target - json.size(), 'x');
  json += R"("}})";
  return json;
}

}  // namespace weir::bench
