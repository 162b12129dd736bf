#pragma once
// The status line and header of an answer in wire form. Pure.

#include <string>
#include <string_view>

#include "base/time.h"
#include "http/message.h"

namespace longtake::http {

struct HeadFacts {
  std::string_view request_id;
  WallTime now;
  /// The connection stays open after this answer.
  bool keep_alive = true;
  /// The client spoke HTTP/1.0: staying open must be said.
  bool old_client = false;
  /// The client came over TLS, and is to stay with it.
  bool secure = false;
};

/// Adds Date, Content-Length (unless events, 204, 304), Connection, X-Request-Id, and what browsers are to be
/// told for safety: no guessing of types, nothing of ours in another site's page except media (which have
/// addresses of their own to be handed on), no page inside an answer that is none. Control bytes in values
/// are dropped, so that no value can begin another field.
std::string format_head(const Response& response, const HeadFacts& facts);

}  // namespace longtake::http
