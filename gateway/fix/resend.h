// Stored messages as they are said again. FIX: the old number, PossDupFlag (43), the first SendingTime in
// OrigSendingTime (122), and a new SendingTime; session messages are never said again, a gap fill (SequenceReset with
// 123=Y) stands for them. Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace pace::fix {

/// Heartbeat, TestRequest, ResendRequest, Reject, SequenceReset, Logout, Logon. REQUIRES: a framed message.
bool is_session_message(std::string_view message);

/// `out` becomes `stored` with 43=Y, 122 and `now` (UTC, as SendingTime) in its header. REQUIRES: written by us or by
/// QuickFIX: the header's fields 34, 52, 56 in that order, neither 43 nor 122.
void say_again(std::string& out, std::string_view stored, std::string_view now);

/// `out` becomes a SequenceReset that covers the numbers from `from` to `next` - 1.
void fill_gap(std::string& out, std::string_view sender, std::string_view target, int from, int next,
              std::string_view now);

}  // namespace pace::fix
