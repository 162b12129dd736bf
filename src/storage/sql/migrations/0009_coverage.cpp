#include "storage/sql/migrations/sqlite.h"

namespace longtake::storage::sql::sqlite {

const std::string_view coverage = R"sql(
-- What tiles have shown to people: one row for each tile and minute of showing.
create table viewing_facts (
  id integer primary key autoincrement,
  organization_id integer not null references organizations (id) on delete cascade,
  user_id integer not null references users (id) on delete cascade,
  channel_id integer not null references channels (id) on delete cascade,
  -- Footage.
  from_us integer not null,
  to_us integer not null check (to_us > from_us),
  -- Wall clock.
  shown_from_us integer not null,
  shown_to_us integer not null check (shown_to_us > shown_from_us),
  -- Negative: backward; 0: standing.
  speed real not null,
  mode text not null check (mode in ('all', 'key'))
) strict;
create index viewing_facts_by_channel on viewing_facts (channel_id, from_us);
create index viewing_facts_by_user on viewing_facts (user_id, shown_from_us);
create index viewing_facts_by_organization on viewing_facts (organization_id, shown_from_us);
)sql";

}  // namespace longtake::storage::sql::sqlite
