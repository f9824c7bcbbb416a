#include "gateway/fix/logon.h"

#include <algorithm>

#include "gateway/auth/address_range.h"
#include "gateway/fix/decimal.h"
#include "gateway/fix/framer.h"

namespace pace::fix {
namespace {

constexpr std::int64_t signature_window_s = 30;

std::string_view tag(std::string_view message, int number, std::string_view otherwise = "") {
  return find_tag(message, number).value_or(otherwise);
}

Timestamp moved(Timestamp time, std::int64_t seconds) {
  return Timestamp(time.raw() + seconds * 1'000'000'000);
}

std::string misplaced(const Identity& identity, const LogonDesk::Peer& peer) {
  const Access& access = identity.access;
  const bool from_there =
      access.addresses.empty() || std::any_of(access.addresses.begin(), access.addresses.end(),
                                              [&](const std::string& range) { return in_range(peer.address, range); });
  if (!from_there) return "the address is none of this login's";
  if (!access.certificate.empty() && peer.certificate != access.certificate)
    return "the TLS client certificate is not this login's";
  return {};
}

}  // namespace

std::string signed_logon(std::string_view message) {
  std::string text = "PACE FIX logon";
  for (const int number : {49, 56, 34, 52, 108}) (text += '\n').append(tag(message, number));
  return text + '\n' + std::string(tag(message, 141, "N"));
}

LogonDesk::LogonDesk(FixLogon keeper, Timestamp start) : keeper_(std::move(keeper)), start_(fix_time_text(start)) {}

// SendingTime's form sorts as its time does.
std::string LogonDesk::stale(std::string_view user, std::string_view sending_time, Timestamp now) const {
  if (sending_time < fix_time_text(moved(now, -signature_window_s)) ||
      sending_time > fix_time_text(moved(now, signature_window_s)))
    return "SendingTime (52) of a signed Logon is more than 30 s from now";
  const auto newest = newest_.find(user);
  if (sending_time <= (newest == newest_.end() ? start_ : newest->second))
    return "SendingTime (52) of a signed Logon is not after the last one taken, or before the gateway's start";
  return {};
}

LogonDesk::Answer LogonDesk::check(std::string_view message, const Peer& peer, Timestamp now) {
  const std::string_view user = tag(message, 553), signature = tag(message, 96), sending_time = tag(message, 52);
  const std::string text = signature.empty() ? std::string() : signed_logon(message);
  const auto identity =
      keeper_.check({.user = user, .password = tag(message, 554), .signature = signature, .signed_text = text});
  if (!identity) return {.problem = "Username (553) with Password (554) or a signature in RawData (96) do not hold"};
  if (std::string problem = misplaced(*identity, peer); !problem.empty()) return {.problem = std::move(problem)};
  if (!signature.empty()) {
    if (std::string problem = stale(user, sending_time, now); !problem.empty()) return {.problem = std::move(problem)};
    newest_.insert_or_assign(std::string(user), std::string(sending_time));
  }
  return {.identity = identity};
}

}  // namespace pace::fix
