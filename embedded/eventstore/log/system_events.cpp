#include "embedded/eventstore/log/system_events.hpp"

namespace weir::embedded::eventstore {

namespace {

std::pair<std::string, ProposedEvent> json(std::string stream, std::string type, std::string data) {
  ProposedEvent event;
  event.id = Uuid::random();
  event.type = std::move(type);
  event.is_json = true;
  event.data = std::move(data);
  return {std::move(stream), std::move(event)};
}

std::pair<std::string, ProposedEvent> metadata(const std::string& of, std::string data) {
  return json("$$" + of, "$metadata", std::move(data));
}

constexpr const char* kAdminsOnly =
    R"({"$acl":{"$r":"$admins","$w":"$admins","$d":"$admins","$mr":"$admins","$mw":"$admins"}})";

}  // namespace

std::vector<std::pair<std::string, ProposedEvent>> first_events() {
  return {
      json("$epoch-information", "$EpochInformation", R"({"epochNumber":0})"),
      metadata("$stats", R"({"$maxAge":86400,"$acl":{"$r":["$admins","$ops"]}})"),
      metadata("$scavenges", R"({"$maxAge":2592000})"),
      metadata("$persistentSubscriptionConfig", R"({"$maxCount":1})"),
      metadata("$settings", kAdminsOnly),
      json("$settings", "$settings",
           R"({"$userStreamAcl":{"$r":"$all","$w":"$all","$d":"$all","$mr":"$all","$mw":"$all"},)"
           R"("$systemStreamAcl":{"$r":"$admins","$w":"$admins","$d":"$admins","$mr":"$admins","$mw":"$admins"}})"),
      metadata("$users", kAdminsOnly),
      metadata("$user-admin", kAdminsOnly),
      json("$user-admin", "$UserCreated",
           R"({"loginName":"admin","fullName":"Event Store Administrator","disabled":false,"groups":["$admins"]})"),
      json("$users", "$User", R"({"loginName":"admin"})"),
      metadata("$user-ops", kAdminsOnly),
      json("$user-ops", "$UserCreated",
           R"({"loginName":"ops","fullName":"Event Store Operations","disabled":false,"groups":["$ops"]})"),
      json("$users", "$User", R"({"loginName":"ops"})"),
      metadata("$authorization-policy-settings", kAdminsOnly),
      metadata("$server", kAdminsOnly),
      json("$server", "$ServerConfigured", R"({"version":"23.10.8","cluster":false,"insecure":true})"),
  };
}

}  // namespace weir::embedded::eventstore
