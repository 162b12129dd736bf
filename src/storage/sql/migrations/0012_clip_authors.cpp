#include "storage/sql/migrations/sqlite.h"

namespace longtake::storage::sql::sqlite {

// Clips are found by who cut them, under the name of now: whoever renames or erases a person changes the
// words in the same transaction, also from the command line. FTS5 keeps what was taken out until it merges;
// of who is erased nothing is to stay, so it merges then. For us a statement ends where a line ends with `;`:
// those inside do not.
const std::string_view clip_authors = R"sql(
update clips_text set words = words || ' ' || (select u.name from clips c join users u on u.id = c.created_by where c.id = clips_text.rowid)
where rowid in (select c.id from clips c join users u on u.id = c.created_by where u.erased_us is null);
create trigger clips_text_author after update of name, erased_us on users
when new.name is not old.name or new.erased_us is not old.erased_us
begin
  update clips_text set words = (
    select c.title || coalesce((select group_concat(' ' || t.tag, '') from clip_tags t where t.clip_id = c.id), '') ||
      case when new.erased_us is null then ' ' || new.name else '' end
    from clips c where c.id = clips_text.rowid)
  where rowid in (select id from clips where created_by = new.id and removed_us is null)
  ; insert into clips_text (clips_text) select 'optimize' where new.erased_us is not null
  ; end;
)sql";

}  // namespace longtake::storage::sql::sqlite
