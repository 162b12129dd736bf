#include "storage/sql/migrations/sqlite.h"

namespace longtake::storage::sql::sqlite {

// What editors write of a moment.
const std::string_view notes = R"sql(
create table note_templates (
  id integer primary key autoincrement,
  organization_id integer not null references organizations (id),
  name text not null,
  -- A JSON array, in their order.
  fields text not null,
  is_default integer not null default 0 check (is_default in (0, 1)),
  created_us integer not null,
  version integer not null default 1,
  removed_us integer
) strict;
create unique index note_templates_by_name on note_templates (organization_id, name) where removed_us is null;

-- Without a row: for every channel.
create table note_template_channels (
  template_id integer not null references note_templates (id) on delete cascade,
  channel_id integer not null references channels (id),
  primary key (template_id, channel_id)
) strict;

create table notes (
  id integer primary key autoincrement,
  organization_id integer not null references organizations (id),
  channel_id integer not null references channels (id),
  at_us integer not null,
  to_us integer,
  -- Its place in every list: milliseconds of `at`, then the number within them. Null: removed.
  place integer unique,
  template_id integer references note_templates (id),
  -- JSON: an object of values, and an array.
  fields text not null,
  text text not null,
  tags text not null,
  author_id integer not null references users (id),
  created_us integer not null,
  updated_us integer not null,
  updated_by integer not null references users (id),
  version integer not null default 1,
  removed_us integer,
  -- The Idempotency-Key it was made with, and the hash of what was asked: a repeat is answered with the note, also
  -- after a restart.
  client_key text,
  request_hash text
) strict;
create unique index notes_by_key on notes (author_id, organization_id, client_key) where client_key is not null;
create index notes_by_author on notes (author_id, id);
create index notes_by_channel on notes (channel_id, place);

-- The organization's tags, and how many notes carry each.
create table note_tags (
  organization_id integer not null references organizations (id),
  tag text not null,
  notes integer not null,
  primary key (organization_id, tag)
) strict;

create table note_mentions (
  note_id integer not null references notes (id),
  user_id integer not null references users (id),
  primary key (note_id, user_id)
) strict;
create index note_mentions_by_user on note_mentions (user_id, note_id);

-- What a note said before each edit.
create table note_revisions (
  note_id integer not null references notes (id),
  version integer not null,
  -- JSON.
  body text not null,
  -- Who wrote this version, and when.
  author_id integer not null references users (id),
  at_us integer not null,
  primary key (note_id, version)
) strict;

-- Kept in the transaction of the note; its rowid is the note's place.
create virtual table notes_text using fts5(marks, words, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3 4');
)sql";

}  // namespace longtake::storage::sql::sqlite
