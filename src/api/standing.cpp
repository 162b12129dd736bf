#include "api/standing.h"

#include "base/own_failure.h"

namespace longtake::api {

EventHub::Audience audience_of(const access::Identity& identity) {
  return {.organization = identity.organization,
          .permissions = identity.permissions,
          .user = identity.user,
          .session = identity.session,
          .token = identity.token};
}

void look_at_audiences(Context& context) {
  for (const auto& audience : context.events.audiences()) {
    const auto now =
        audience.token ? context.tokens.find(audience.token) : context.sessions.find(audience.session);
    // Away databases come back, and who belongs nowhere is told so by their next request.
    if (!now && (is_own_failure(now.error()) || now.error().code() != Code::forbidden)) continue;
    if (now && !*now) {
      if (audience.token)
        context.events.tell_signed_out(audience.token);
      else
        context.events.tell_signed_out(audience.session);
    } else if (!now || audience_of(**now) != audience) {
      context.events.tell_changed(audience.user);
    }
  }
}

}  // namespace longtake::api
