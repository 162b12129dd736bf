#pragma once
// Beginning and ending a session, however its person proved who they are.

#include <string_view>

#include "access/identity.h"
#include "access/sessions.h"
#include "api/context.h"
#include "http/message.h"

namespace longtake::api {

/// `Me` of the contract.
Result<http::Response> answer_me(const Context& context, const access::Identity& caller);

/// `Me` with the cookie of the new session. A session that the browser held already is ended: its token must
/// not live on.
Result<http::Response> begin_session(Context& context, const http::Request& request,
                                     const access::Sessions::SignedIn& signed_in);

/// The same for an answer of another kind: a redirect.
Status begin_session(Context& context, const http::Request& request,
                     const access::Sessions::SignedIn& signed_in, http::Response& answer);

/// What the session list says of where a session was opened.
access::Sessions::From from(const http::Request& request);

/// Ends the session and tells its open pages. Also when there is none.
Status end_session(Context& context, const http::Request& request, std::string_view token);

}  // namespace longtake::api
