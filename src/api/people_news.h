#pragma once
// Tells pages that people, roles, invitations or organizations have changed, whoever changed them: a
// colleague, the invited themselves, or a command beside the server.

#include "access/audit.h"
#include "api/event_hub.h"
#include "base/result.h"

namespace longtake::api {

/// For one thread.
class PeopleNews {
 public:
  explicit PeopleNews(const access::Audit& audit) : audit_(audit) {}

  /// Publishes `people` for what was recorded since the last call, of which the first tells nothing: to
  /// whoever manages members where it was, and to superadmins wherever they act. May block on the database.
  Status tell(EventHub& events);

 private:
  const access::Audit& audit_;
  access::AuditId newest_;  ///< told of; zero: the audit was empty, or not looked at yet
  bool begun_ = false;
};

}  // namespace longtake::api
