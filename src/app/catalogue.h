#pragma once
// The rows and the repositories over them: what a command needs beside a running server.

#include <memory>
#include <optional>

#include "access/audit.h"
#include "access/invitations.h"
#include "access/memberships.h"
#include "access/organizations.h"
#include "access/people.h"
#include "access/sessions.h"
#include "access/tokens.h"
#include "app/config.h"
#include "archive/channels.h"
#include "base/result.h"
#include "base/time.h"
#include "storage/secret_box.h"
#include "storage/sql/database.h"

namespace longtake::app {

class Catalogue {
 public:
  /// Makes the data folder (mode 700), key and database when missing. Errors name the folder and the mend.
  static Result<std::unique_ptr<Catalogue>> open(const Config& config, const Clock& clock);

  storage::sql::Database& database() { return *database_; }
  const storage::SecretBox& secrets() const { return secrets_; }
  archive::Channels& channels() { return channels_; }
  access::People& people() { return people_; }
  access::Organizations& organizations() { return organizations_; }
  access::Memberships& memberships() { return memberships_; }
  access::Invitations& invitations() { return invitations_; }
  access::Tokens& tokens() { return tokens_; }
  access::Audit& audit() { return audit_; }
  /// By slug. not_found names it.
  Result<OrganizationId> get_organization(const std::string& slug) const;

 private:
  Catalogue(storage::SecretBox secrets, std::unique_ptr<storage::sql::Database> database, const Clock& clock);
  storage::SecretBox secrets_;
  std::unique_ptr<storage::sql::Database> database_;
  archive::Channels channels_;
  access::People people_;
  access::Organizations organizations_;
  access::Memberships memberships_;
  access::Invitations invitations_;
  access::Tokens tokens_;
  access::Audit audit_;
};

}  // namespace longtake::app
