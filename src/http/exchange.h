#pragma once
// Everything between a parsed header and an answer to send that needs no socket.

#include <optional>
#include <string_view>

#include "base/log.h"
#include "http/message.h"
#include "http/router.h"

namespace longtake::http {

/// Fills target, path, segments, query and params, and finds the route.
struct Plan {
  /// Null: `answer` is to be sent without reading the body.
  const Router::Route* route = nullptr;
  Response answer;
};
/// 400 (malformed target, no Host), 404, 405 with Allow, 204 for OPTIONS, or a route.
Plan plan(const Router& router, Request& request, bool needs_host);

/// Runs the handler; errors, and exceptions, become problems. Internal failures are logged with the request's
/// id.
Response run_handler(const Handler& handler, const Request& request, Log& log);

/// What the route answers at once, if it does. An exception is told by the handler, which is asked then.
std::optional<Response> try_at_once(const Router::Route& route, const Request& request);

/// Where logs say a request went: without its query, which may hold signatures, and without a `{token}` of
/// its path, which opens something to whoever has it.
std::string told_path(const Request& request);

/// 503 with Retry-After: no thread is free for it.
Response overloaded();

}  // namespace longtake::http
