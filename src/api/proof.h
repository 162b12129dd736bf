#pragma once
// What handlers that take a password or a code have in common.

#include <chrono>
#include <optional>

#include "access/proofs.h"
#include "api/context.h"
#include "http/message.h"

namespace longtake::api {

/// The client's address as tries are counted: of IPv6 the network, which is what one client is given.
std::string tries_address(const http::Request& request);

/// The caller, whose own password or code is asked for again.
access::Proofs::Known known(const http::Request& request, const access::Identity& caller);

/// The answer to a proof that was wrong (with `wrong` as its status) or came too soon (429, saying when); the
/// error itself when it is about something else.
Result<http::Response> refuse_proof(Context& context, Error error, const access::Tries::Key& key, int wrong);

/// The same where the caller's own password or code was asked for again (403), and in the audit.
Result<http::Response> refuse_own_proof(Context& context, const http::Request& request,
                                        const access::Identity& caller, Error error);

/// 403 for API tokens: what locks a person out is theirs alone, in a browser.
std::optional<http::Response> refuse_token(const http::Request& request);

/// 403 for an API token that would give a role which may more than the token: what it was not given it gives
/// nobody.
std::optional<http::Response> refuse_greater_role(const access::Identity& caller, access::Role role);

/// 429: too many tries of something; how long to wait.
http::Response too_many(std::optional<std::chrono::seconds> pause);

}  // namespace longtake::api
