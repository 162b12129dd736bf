#include "storage/sql/migrations/sqlite.h"

namespace longtake::storage::sql::sqlite {

// Instants are `_us`: int64 microseconds since 1970 UTC; media times are microseconds on a run's timeline.
// Booleans are 0 and 1.
const std::string_view first_light = R"sql(
create table organizations (
  id integer primary key autoincrement,
  slug text not null unique,
  name text not null,
  kind text not null check (kind in ('desk', 'club')),
  time_zone text not null,
  created_us integer not null
) strict;

create table users (
  id integer primary key autoincrement,
  email text not null unique check (email = lower(email)),
  name text not null,
  password_hash text not null,
  superadmin integer not null default 0 check (superadmin in (0, 1)),
  created_us integer not null,
  disabled_us integer
) strict;

create table memberships (
  user_id integer not null references users (id) on delete cascade,
  organization_id integer not null references organizations (id) on delete cascade,
  role text not null,
  primary key (user_id, organization_id)
) strict;
create index memberships_by_organization on memberships (organization_id);

create table user_sessions (
  token_hash text primary key,
  user_id integer not null references users (id) on delete cascade,
  created_us integer not null,
  last_seen_us integer not null,
  expires_us integer not null,
  remote text not null,
  agent text not null
) strict;
create index user_sessions_by_user on user_sessions (user_id);

create table api_tokens (
  id integer primary key autoincrement,
  user_id integer not null references users (id) on delete cascade,
  name text not null,
  token_hash text not null unique,
  created_us integer not null,
  last_used_us integer,
  expires_us integer
) strict;
create index api_tokens_by_user on api_tokens (user_id);

create table channels (
  id integer primary key autoincrement,
  organization_id integer not null references organizations (id),
  name text not null,
  source_sealed text not null,
  audio text not null,
  rtsp_transport text not null,
  segment_seconds integer not null,
  retention_hours integer,
  retention_bytes integer,
  enabled integer not null default 1 check (enabled in (0, 1)),
  created_us integer not null,
  version integer not null default 1,
  removed_us integer
) strict;
create unique index channels_by_name on channels (organization_id, name) where removed_us is null;

-- What a channel has counted, kept when its oldest segments go: numbers are never used twice.
create table recordings (
  channel_id integer primary key references channels (id),
  last_sequence integer not null default 0,
  fragments integer not null default 0,
  runs integer not null default 0,
  first_us integer,
  expired_us integer
) strict;

create table runs (
  id integer primary key,
  organization_id integer not null references organizations (id),
  channel_id integer not null references channels (id),
  number integer not null,
  started_us integer not null,
  ended_us integer,
  tracks text not null
) strict;
create index runs_by_channel on runs (channel_id, number);

create table segments (
  id integer primary key,
  channel_id integer not null references channels (id),
  run_id integer not null references runs (id),
  sequence integer not null,
  first_fragment integer not null,
  fragments integer not null,
  anchor_media_us integer not null,
  anchor_wall_us integer not null,
  from_us integer not null,
  to_us integer not null,
  bytes integer not null,
  index_bytes integer not null,
  state text not null check (state in ('open', 'sealed')),
  path text not null unique,
  unique (channel_id, sequence)
) strict;
create index segments_by_time on segments (channel_id, from_us, to_us, bytes);
create index segments_by_age on segments (to_us);
create index segments_by_run on segments (run_id);
create index segments_open on segments (id) where state = 'open';

create table gaps (
  id integer primary key,
  channel_id integer not null references channels (id),
  from_us integer not null,
  to_us integer,
  cause text not null,
  detail text not null
) strict;
create index gaps_by_time on gaps (channel_id, from_us);
create index gaps_open on gaps (channel_id) where to_us is null;

-- Ids of runs, segments and gaps are given out in blocks, so that a recorder names a segment before its
-- row exists, and a rebuild beside it never takes the same number.
create table id_blocks (
  name text primary key,
  next integer not null
) strict;
insert into id_blocks (name, next) values ('runs', 1), ('segments', 1), ('gaps', 1);

create table settings (
  key text primary key,
  value text not null
) strict;

insert into organizations (slug, name, kind, time_zone, created_us)
  values ('main', 'Main', 'desk', 'UTC', 0);
)sql";

}  // namespace longtake::storage::sql::sqlite
