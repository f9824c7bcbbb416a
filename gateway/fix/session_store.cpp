#include "gateway/fix/session_store.h"

namespace pace::fix {

bool SessionStore::set(int number, const std::string& message) noexcept(false) {
  file_.append(number, message, {});
  ++written_;
  return true;
}

void SessionStore::get(int begin, int end, std::vector<std::string>&) const noexcept(false) {
  asked_(begin, end);
}

void SessionStore::reset() noexcept(false) {
  if (!reset_allowed_) return;
  file_.reset();
  expected_ = 1;
  ++epoch_;
}

void SessionStore::begin_day(std::uint32_t day) {
  file_.begin_day(day);
  expected_ = 1;
  ++epoch_;
}

}  // namespace pace::fix
