#include "storage/sql/migrations/sqlite.h"

namespace longtake::storage::sql::sqlite {

// What is kept of a moment belongs to a note, or to none; clips are found by their words.
const std::string_view kept = R"sql(
alter table clips add column note_id integer references notes (id);
alter table screenshots add column note_id integer references notes (id);
create index clips_by_note on clips (note_id) where note_id is not null;
create index screenshots_by_note on screenshots (note_id) where note_id is not null;
create index clips_by_author on clips (created_by, id);
create index screenshots_by_author on screenshots (created_by, id);

-- Kept in the transaction of the clip; its rowid is the clip's id.
create virtual table clips_text using fts5(marks, words, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3 4');
insert into clips_text (rowid, marks, words)
select c.id,
  'o' || c.organization_id || ' c' || c.channel_id || ' u' || c.created_by ||
    coalesce((select group_concat(' g' || lower(hex(t.tag)), '') from clip_tags t where t.clip_id = c.id), ''),
  c.title || coalesce((select group_concat(' ' || t.tag, '') from clip_tags t where t.clip_id = c.id), '')
from clips c where c.removed_us is null;
)sql";

}  // namespace longtake::storage::sql::sqlite
