#include "storage/sql/migrations/sqlite.h"

namespace longtake::storage::sql::sqlite {

const std::string_view screenshots = R"sql(
create table screenshots (
  id integer primary key autoincrement,
  organization_id integer not null references organizations (id),
  channel_id integer not null references channels (id),
  -- The picture's own first instant.
  at_us integer not null,
  created_by integer not null references users (id),
  created_us integer not null,
  removed_us integer,
  -- Below the folder of blobs; null when the file of a removed one is gone.
  path text,
  bytes integer not null
) strict;
create index screenshots_by_organization on screenshots (organization_id, id);
create index screenshots_by_channel on screenshots (channel_id, at_us);
)sql";

}  // namespace longtake::storage::sql::sqlite
