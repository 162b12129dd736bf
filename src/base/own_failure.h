#pragma once
// Failures of our own files and rows (no descriptors left, a read-only volume, a broken disk) as against
// those that somebody asked for. They are for the log: who asked can neither mend them nor should read them.

#include <string_view>

#include "base/result.h"

namespace longtake {

/// The kind() of an Error made from what the system or the database said.
inline constexpr std::string_view own_failure_kind = "own-failure";

inline Error own_failure(Error error) {
  return std::move(error).named(std::string{own_failure_kind});
}
inline bool is_own_failure(const Error& error) {
  return error.kind() == own_failure_kind;
}
/// Its text names our files, or nothing that its reader knows.
inline bool is_for_the_log(const Error& error) {
  return is_own_failure(error) || error.code() == Code::internal;
}

/// What is said of one to who asked, instead of its text.
std::string_view own_failure_text(Code code);

}  // namespace longtake
