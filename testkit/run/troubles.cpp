#include "testkit/run/troubles.hpp"

#include "testkit/store_faults.hpp"

#include <algorithm>

namespace weir::testkit {

namespace {

using connectors::eventstoredb::FakeStore;

constexpr std::string_view kStore = "eventstoredb";
const Error kAway(Errc::unavailable, "the store cannot be reached (it is away, says the test)");

}  // namespace

void Troubles::arrange() {
  for (const std::string& name : world_.stores()) {
    world_.store(name).on_every_append([this, name](const FakeStore::AppendCall&) { return strike(name); });
  }
}

// The fault of the next append to that store.
std::optional<FakeStore::Fault> Troubles::strike(const std::string& connection) {
  const std::size_t append = ++appends_[connection];
  const auto is_it = [&](const auto& away) {
    return away.second.kind == kStore && &world_.store(away.second.connection) == &world_.store(connection);
  };
  if (std::ranges::any_of(away_, is_it)) {
    FakeStore::Fault fault;
    fault.error = kAway;
    return fault;
  }
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    const StoreFault* fault = std::get_if<StoreFault>(&faults_[i].what);
    if (fault == nullptr || &world_.store(fault->connection) != &world_.store(connection)) continue;
    if (append < fault->on_append || append >= fault->on_append + fault->times) continue;
    struck_[i] = true;
    return store_fault(fault->fault, fault->time).value();
  }
  return std::nullopt;
}

void Troubles::watch(Process& process) {
  for (const Process* before : std::exchange(processes_, {})) messages_before_ += before->messages_read();
  processes_.push_back(&process);
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    const AtMessage* at = std::get_if<AtMessage>(&faults_[i].what);
    if (at == nullptr || struck_[i] || at->message <= messages_before_) continue;
    process.at_message(at->message - messages_before_, [this, i, &process] { happen(i, process); });
  }
}

// Within a task of the world.
void Troubles::happen(std::size_t fault, Process& process) {
  if (struck_[fault]) return;
  struck_[fault] = true;
  const AtMessage& at = std::get<AtMessage>(faults_[fault].what);
  if (std::holds_alternative<Crash>(at.what)) {
    process.crash();
    crashed_ = true;
  } else if (std::holds_alternative<Rebalance>(at.what)) {
    rebalance_ = true;
  } else {
    begin(std::get<Away>(at.what));
  }
}

void Troubles::begin(const Away& away) {
  set_away(away, true);
  away_.emplace(world_.now() + away.time, away);
}

TimePoint Troubles::next() const {
  return away_.empty() ? TimePoint::max() : away_.begin()->first;
}

void Troubles::end_due() {
  while (!away_.empty() && away_.begin()->first <= world_.now()) {
    const Away back = away_.begin()->second;
    away_.erase(away_.begin());
    // One that is away twice comes back when nothing keeps it away any more.
    const auto keeps_away = [&](const auto& other) {
      return is_same_server(other.second, back);
    };
    if (std::ranges::none_of(away_, keeps_away)) set_away(back, false);
  }
}

bool Troubles::is_same_server(const Away& a, const Away& b) const {
  if (a.kind != b.kind) return false;
  return a.kind == kStore ? &world_.store(a.connection) == &world_.store(b.connection)
                          : &world_.kafka(a.connection) == &world_.kafka(b.connection);
}

void Troubles::set_away(const Away& what, bool away) {
  if (what.kind == "kafka")
    world_.kafka(what.connection).set_away(away);
  else
    world_.store(what.connection).fail_reads(away ? std::optional(kAway) : std::nullopt);
}

std::vector<Observed::Unused> Troubles::unused() const {
  std::vector<Observed::Unused> unused;
  std::uint64_t messages = messages_before_;
  for (const Process* process : processes_) messages += process->messages_read();
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    if (struck_[i]) continue;
    std::string what = "this fault never struck: ";
    if (const StoreFault* fault = std::get_if<StoreFault>(&faults_[i].what)) {
      const auto found = appends_.find(fault->connection);
      const std::size_t count = found == appends_.end() ? 0 : found->second;
      what += "the connection '" + fault->connection + "' saw " + std::to_string(count) + " appends";
    } else {
      what += "the number of messages that were read is " + std::to_string(messages);
    }
    unused.push_back({faults_[i].mark, std::move(what)});
  }
  return unused;
}

}  // namespace weir::testkit
