#pragma once
// Tenants as rows: desks and clubs. Any thread; writes wait for the database's writer.

#include <optional>
#include <string>
#include <vector>

#include "access/identity.h"
#include "access/named_place.h"
#include "base/result.h"
#include "base/time.h"

namespace longtake::storage::sql {
class Database;
}

namespace longtake::access {

struct Organization {
  OrganizationId id;
  std::string slug;
  std::string name;
  OrganizationKind kind = OrganizationKind::desk;
  std::string time_zone;  ///< IANA name
  std::string language;
  std::int64_t members = 0;
  std::int64_t channels = 0;
  WallTime created;
  std::int64_t version = 1;  ///< counts edits; the ETag
};

struct NewOrganization {
  std::string slug;
  std::string name;
  OrganizationKind kind = OrganizationKind::desk;
  std::string time_zone = "UTC";
  std::string language = "en";
};

/// What is nothing stays.
struct OrganizationEdit {
  std::optional<std::string> slug, name, time_zone, language;
  std::optional<std::int64_t> expected_version;
};

class Organizations {
 public:
  Organizations(storage::sql::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  /// invalid: slug, zone, language; conflict: the slug is taken.
  Result<Organization> create(const NewOrganization& organization);
  struct Page {
    std::optional<UserId> member;  ///< nothing: of the whole site
    NamedPlace after;
    std::size_t limit = 50;
  };
  /// By name.
  Result<std::vector<Organization>> list(const Page& page) const;
  Result<Organization> get(OrganizationId id) const;
  /// And was not removed.
  Result<bool> exists(OrganizationId id) const;
  /// Of the whole site.
  Result<std::int64_t> count() const;
  /// not_found names the slug.
  Result<Organization> get_by_slug(const std::string& slug) const;
  /// conflict named "stale" when the version differs, else when the slug is taken.
  Result<Organization> edit(OrganizationId id, const OrganizationEdit& edit);
  /// Its memberships, invitations and tokens go too. conflict while it has channels, or is the last.
  Status remove(OrganizationId id);

 private:
  storage::sql::Database& database_;
  const Clock& clock_;
};

/// invalid says how a slug looks: part of an address of the page.
Status check_slug(const std::string& slug);

}  // namespace longtake::access
