#include "app/catalogue.h"

#include <sys/stat.h>

#include <filesystem>

namespace longtake::app {

Catalogue::Catalogue(storage::SecretBox secrets, std::unique_ptr<storage::sql::Database> database,
                     const Clock& clock)
    : secrets_(std::move(secrets)),
      database_(std::move(database)),
      channels_(*database_, secrets_, clock),
      people_(*database_, clock),
      organizations_(*database_, clock),
      memberships_(*database_),
      invitations_(*database_, clock),
      tokens_(*database_, clock),
      audit_(*database_, clock) {}

Result<std::unique_ptr<Catalogue>> Catalogue::open(const Config& config, const Clock& clock) {
  std::error_code ec;
  const bool made = std::filesystem::create_directories(config.data, ec);
  if (ec)
    return make_error(Code::forbidden, "cannot make the data folder {}: {}; pass --data or mend its rights",
                      config.data, ec.message());
  if (made) ::chmod(config.data.c_str(), 0700);
  LT_TRY(auto secrets, storage::SecretBox::open(config.key_file()));
  LT_TRY(auto database, storage::sql::Database::open({.path = config.database_file()}, clock));
  return std::unique_ptr<Catalogue>{new Catalogue{std::move(secrets), std::move(database), clock}};
}

Result<OrganizationId> Catalogue::get_organization(const std::string& slug) const {
  LT_TRY(const auto organization, organizations_.get_by_slug(slug));
  return organization.id;
}

}  // namespace longtake::app
