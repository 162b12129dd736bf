#include "storage/sql/migrations/sqlite.h"

namespace longtake::storage::sql::sqlite {

// Who may act where, how they prove it, and what they did. A statement ends with a line, so each trigger is
// one line.
const std::string_view people = R"sql(
alter table organizations add column language text not null default 'en';
alter table organizations add column version integer not null default 1;
alter table organizations add column removed_us integer;

-- An empty password hash: signs in with a provider only. The step is that of the last code accepted.
alter table users add column second_factor_sealed text;
alter table users add column second_factor_confirmed integer not null default 0;
alter table users add column second_factor_step integer not null default 0;
alter table users add column erased_us integer;
alter table users add column last_seen_us integer;

drop table user_sessions;
create table user_sessions (
  id integer primary key autoincrement,
  token_hash text not null unique,
  user_id integer not null references users (id) on delete cascade,
  organization_id integer references organizations (id) on delete set null,
  created_us integer not null,
  last_seen_us integer not null,
  expires_us integer not null,
  remote text not null,
  agent text not null,
  -- Set when its person was given another role: the token is replaced at the next request. The one before works a
  -- moment longer, because a page asks for several things at once.
  renew integer not null default 0,
  replaced_hash text,
  replaced_until_us integer
) strict;
create index user_sessions_by_replaced on user_sessions (replaced_hash) where replaced_hash is not null;
create index user_sessions_by_user on user_sessions (user_id);

-- Without an organization: the owner's first.
alter table api_tokens add column organization_id integer references organizations (id) on delete cascade;
-- Names of permissions, separated by spaces; 'all' is what the owner may.
alter table api_tokens add column scopes text not null default 'all';

create table recovery_codes (
  user_id integer not null references users (id) on delete cascade,
  code_hash text not null,
  primary key (user_id, code_hash)
) strict;

create table invitations (
  id integer primary key autoincrement,
  organization_id integer not null references organizations (id) on delete cascade,
  email text not null check (email = lower(email)),
  role text not null,
  token_hash text not null unique,
  created_by integer not null references users (id) on delete cascade,
  created_us integer not null,
  expires_us integer not null
) strict;
create unique index invitations_by_email on invitations (organization_id, email);

create table password_resets (
  token_hash text primary key,
  user_id integer not null references users (id) on delete cascade,
  expires_us integer not null
) strict;

create table openid_identities (
  issuer text not null,
  subject text not null,
  user_id integer not null references users (id) on delete cascade,
  created_us integer not null,
  primary key (issuer, subject)
) strict;

-- Sign-ins that are at their provider now. The browser that began one holds the other half of its state.
create table openid_attempts (
  state_hash text primary key,
  provider text not null,
  nonce text not null,
  verifier text not null,
  next text not null,
  expires_us integer not null
) strict;

-- Append-only: each hash is over the entry and the hash before it. Names of people are in `users` alone, so
-- that a person can be erased without touching an entry.
create table audit (
  id integer primary key autoincrement,
  organization_id integer,
  at_us integer not null,
  actor_id integer,
  actor_kind text not null check (actor_kind in ('user', 'token', 'share', 'link', 'command', 'nobody')),
  action text not null,
  thing text not null,
  thing_id text not null,
  remote text not null,
  before text not null,
  after text not null,
  hash text not null
) strict;
create index audit_by_organization on audit (organization_id, id);
create index audit_by_actor on audit (actor_id, id);
create index audit_by_thing on audit (thing, thing_id, id);
create trigger audit_keeps before update on audit begin select raise(abort, 'the audit is append-only'); end;
create trigger audit_forgets_nothing before delete on audit begin select raise(abort, 'the audit is append-only'); end;

create table signing_keys (
  id integer primary key autoincrement,
  secret_sealed text not null,
  created_us integer not null,
  ended_us integer
) strict;

create table shares (
  id integer primary key autoincrement,
  organization_id integer not null references organizations (id) on delete cascade,
  channel_id integer not null references channels (id),
  title text not null,
  from_us integer not null,
  to_us integer not null,
  token_hash text not null unique,
  pin_hash text not null,
  created_by integer not null references users (id),
  created_us integer not null,
  expires_us integer not null,
  revoked_us integer,
  views integer not null default 0
) strict;
create index shares_by_organization on shares (organization_id, id);
)sql";

}  // namespace longtake::storage::sql::sqlite
