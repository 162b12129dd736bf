#pragma once
// RFC 9457 problem details, and the one table that makes a status of an Error's Code.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace longtake::http {

struct FieldError {
  /// "source.url", or the name of the query parameter.
  std::string field;
  std::string message;
};

struct Problem {
  int status = 500;
  /// "urn:longtake:not-found"; empty: the usual one of the status.
  std::string type;
  /// Empty: the usual one of the status.
  std::string title;
  /// For a person, about this very problem; no secrets, no internals.
  std::string detail;
  std::vector<FieldError> errors;
  /// A member of this type alone (RFC 9457, 3.2), for programs: its name and its value, as JSON.
  std::optional<std::pair<std::string, std::string>> extension;
};

/// application/problem+json, Cache-Control: no-store.
Response problem(const Problem& problem);
/// problem(404, "no channel 7").
Response problem(int status, std::string detail);

/// not_found 404, invalid 400, conflict 409, unavailable 503, forbidden 403, full 507, internal 500.
int status_of(Code code);
/// The error's own line as `detail`, except of `internal` and of our own failures (base/own_failure.h), which
/// is for the log alone; and nobody is forbidden what we may not do ourselves: 500.
Response problem(const Error& error);

/// The text as a JSON string, in quotes. Invalid UTF-8 becomes U+FFFD.
std::string json_quote(std::string_view text);

}  // namespace longtake::http
