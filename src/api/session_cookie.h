#pragma once
// The cookie that carries a session. Behind TLS its name begins with `__Host-`: a browser takes such a cookie
// from this very host over TLS only, so that no neighbouring site can put its own session in the place of
// ours. Beside it stands one that scripts may read: only that somebody is signed in, so that a page which is
// signed out need not ask and be refused.

#include <optional>
#include <string_view>

#include "http/message.h"

namespace longtake::api {

/// The token of the request's session, if it has one.
std::optional<std::string_view> session_token(const http::Request& request);

/// Has the browser keep the token and the hint, for as long as a session may live.
void set_session(http::Response& response, const http::Request& request, std::string_view token);
/// Has the browser forget both.
void clear_session(http::Response& response, const http::Request& request);

}  // namespace longtake::api
