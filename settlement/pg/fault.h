// What goes wrong with a database: the server is away, a statement failed, a cluster does not start. Thrown inside the
// edges and caught at the job's boundary, which logs it once, backs off and goes on (STYLE, errors).
// Thread rule: values.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace pace::pg {

class Fault : public std::runtime_error {
 public:
  /// `sqlstate` is empty when the fault is not the server's answer (no connection, no binaries, bad result use).
  Fault(const std::string& what, std::string_view sqlstate = {}) : std::runtime_error(what), sqlstate_(sqlstate) {}
  /// Five characters, e.g. "23505" unique_violation.
  [[nodiscard]] const std::string& sqlstate() const { return sqlstate_; }
  /// The connection is gone or was never there: a new one may work, the same statement on the old one cannot.
  [[nodiscard]] bool disconnected() const {
    return sqlstate_.empty() || sqlstate_.starts_with("08") || sqlstate_.starts_with("57P");
  }

 private:
  std::string sqlstate_;
};

}  // namespace pace::pg
