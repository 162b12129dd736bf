#include "storage/sql/migrations/sqlite.h"

namespace longtake::storage::sql::sqlite {

const std::string_view layouts = R"sql(
create table layouts (
  id integer primary key autoincrement,
  organization_id integer not null references organizations (id) on delete cascade,
  user_id integer not null references users (id) on delete cascade,
  name text not null,
  grid integer not null check (grid in (1, 4, 9, 16)),
  created_us integer not null,
  updated_us integer not null,
  version integer not null default 1,
  unique (organization_id, user_id, name)
) strict;

create table layout_channels (
  layout_id integer not null references layouts (id) on delete cascade,
  place integer not null,
  channel_id integer not null references channels (id) on delete cascade,
  primary key (layout_id, place)
) strict;
create index layout_channels_by_channel on layout_channels (channel_id);
)sql";

}  // namespace longtake::storage::sql::sqlite
