#pragma once
// Requests that come by a signed address instead of a session: `?expires=` and `?signature=` beside the
// range.

#include <optional>
#include <string>

#include "access/links.h"
#include "api/context.h"
#include "http/message.h"

namespace longtake::api {

/// Seconds since 1970, as `expires` has it.
std::string expires_text(WallTime expires);

/// The query of a signed address: "from=...&to=...&expires=...&signature=...".
Result<std::string> sign_query(Context& context, const access::LinkAddress& address,
                               const access::LinkGrant& grant);

/// True when the request names a signature, whatever it is.
bool is_linked(const http::Request& request);

/// What a link's request may see.
struct Linked {
  ChannelId channel;
  WallRange range;
  access::LinkGrant grant;
  http::Request request;  ///< without what the view itself does not know
};
/// What a signature of an address grants; or `refusal`: 403 for what was not signed here, 404 or 410 for what
/// has ended.
struct GrantAdmission {
  std::optional<access::LinkGrant> grant;
  http::Response refusal;
};
Result<GrantAdmission> admit_grant(Context& context, const access::LinkAddress& address,
                                   std::string_view signature);
/// The same for a view of something that is kept, "clips/12/file.mp4", whose address names nothing but
/// itself.
Result<GrantAdmission> admit_kept_link(Context& context, const http::Request& request, std::string view);
/// Its query: "expires=...&signature=...".
Result<std::string> sign_kept_query(Context& context, std::string view, WallTime expires,
                                    const access::LinkGrant& grant);

/// `linked`, or `refusal`: 403 for what was not signed here, 410 for what has ended.
struct LinkAdmission {
  std::optional<Linked> linked;
  http::Response refusal;
};
/// `view` as LinkAddress names it.
Result<LinkAdmission> admit_link(Context& context, const http::Request& request, std::string view);

/// 410: when it ended, and whom to ask.
http::Response share_ended(const access::Share& share, WallTime now);

}  // namespace longtake::api
