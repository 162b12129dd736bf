#include "storage/sql/migrations/sqlite.h"

namespace longtake::storage::sql::sqlite {

// A clip is ready when it has a path; until then its job says how it stands.
const std::string_view clips = R"sql(
create table clips (
  id integer primary key autoincrement,
  organization_id integer not null references organizations (id),
  channel_id integer not null references channels (id),
  from_us integer not null,
  to_us integer not null check (to_us > from_us),
  title text not null,
  created_by integer not null references users (id),
  created_us integer not null,
  version integer not null default 1,
  removed_us integer,
  job_id integer references jobs (id) on delete set null,
  -- Paths are below the folder of blobs.
  path text,
  poster text not null default '',
  bytes integer not null default 0,
  shown_from_us integer not null default 0,
  shown_to_us integer not null default 0,
  -- [{"from": us, "to": us, "cause": "source_lost"}]
  missing text not null default '[]'
) strict;
create index clips_by_organization on clips (organization_id, id);
create index clips_by_channel on clips (channel_id, from_us);

create table clip_tags (
  clip_id integer not null references clips (id) on delete cascade,
  tag text not null,
  place integer not null,
  primary key (clip_id, tag)
) strict;

alter table shares add column clip_id integer references clips (id);
)sql";

}  // namespace longtake::storage::sql::sqlite
