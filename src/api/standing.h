#pragma once
// Streams of events stay open while their listeners are signed out, demoted or expire.

#include "access/identity.h"
#include "api/context.h"
#include "api/event_hub.h"

namespace longtake::api {

EventHub::Audience audience_of(const access::Identity& identity);

/// Looks at everybody who listens as a new request of theirs would: whose session has ended is told
/// `signed-out`, who has become somebody else `me`. Requests tell pages themselves; this finds what was done
/// by a command beside the server, and sessions that expire. May block on the database.
void look_at_audiences(Context& context);

}  // namespace longtake::api
