#include "storage/sql/migrations/sqlite.h"

namespace longtake::storage::sql::sqlite {

// By what housekeeping and the erasure of a person look for.
const std::string_view people_indexes = R"sql(
create index user_sessions_by_end on user_sessions (expires_us);
create index openid_identities_by_user on openid_identities (user_id);
create index invitations_by_maker on invitations (created_by);
)sql";

}  // namespace longtake::storage::sql::sqlite
