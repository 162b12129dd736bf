#pragma once
// Who calls, whether they may, and whether a write comes from our own page.

#include <functional>
#include <memory>

#include "access/identity.h"
#include "api/context.h"
#include "http/message.h"
#include "http/router.h"

namespace longtake::api {

/// The caller by bearer token or session cookie, and their right to `permission`; else a 401 or 403 problem.
/// Writes by cookie are checked against their Origin (see the contract's introduction).
struct Admission {
  std::optional<access::Identity> identity;
  http::Response refusal;
};
Admission admit(const Context& context, const http::Request& request, access::Permission permission);

/// Of an API token. Other schemes are of a proxy in front of us.
std::optional<std::string_view> bearer_token(const http::Request& request);

/// Somebody who reads, signed in by a cookie, and may: from memory, waiting for nothing. Null: ask admit().
std::shared_ptr<const access::Identity> recall_reader(const Context& context, const http::Request& request,
                                                      access::Permission permission);

using GuardedHandler =
    std::function<Result<http::Response>(Context&, const http::Request&, const access::Identity& caller)>;
/// The handler behind admit(); what it did is recorded (trail.h). A session whose person was given another
/// role gets a new token with the answer.
http::Handler guarded(Context& context, access::Permission permission, GuardedHandler handler);

/// The same for what lies under /organizations/{organizationId}: the identity acts in that organization,
/// whichever the caller acts in now. 404 when it is none of theirs.
http::Handler guarded_there(Context& context, access::Permission permission, GuardedHandler handler);

/// Gives the request's session a new token, in the answer.
void renew_session(const Context& context, const http::Request& request, http::Response& answer);

/// Bodies of routes that need nobody signed in: 413 beyond. A password of 1024 characters fits, however it is
/// escaped.
inline constexpr std::size_t open_body_limit = std::size_t{16} << 10;

/// True when a write may come from this browser page: own Origin, or no sign of another site.
bool same_origin(const http::Request& request);

/// 404 naming the kind of thing.
http::Response no_such(std::string_view thing);

}  // namespace longtake::api
