#include "storage/sql/migrations/sqlite.h"

namespace longtake::storage::sql::sqlite {

const std::string_view jobs = R"sql(
create table jobs (
  id integer primary key autoincrement,
  organization_id integer not null references organizations (id) on delete cascade,
  kind text not null,
  -- What it is done to: 'clip/12'.
  thing text not null,
  payload text not null,
  state text not null check (state in ('queued', 'running', 'done', 'failed', 'cancelled')),
  attempts integer not null default 0,
  run_after_us integer not null,
  lease_owner text,
  lease_until_us integer,
  -- Per mille.
  progress integer not null default 0,
  error text not null default '',
  error_kind text not null default '',
  created_us integer not null,
  ended_us integer
) strict;
create index jobs_open on jobs (run_after_us, id) where state in ('queued', 'running');
create index jobs_by_organization on jobs (organization_id, kind, state);
)sql";

}  // namespace longtake::storage::sql::sqlite
