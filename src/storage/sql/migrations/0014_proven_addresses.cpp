#include "storage/sql/migrations/sqlite.h"

namespace longtake::storage::sql::sqlite {

// Until now every inviter saw the link: an account that was made with one is in the hands of whoever followed
// it, also when its person has come by a provider since. Making it and accepting were one write. Others were
// made at the command line.
const std::string_view proven_addresses = R"sql(
alter table users add column address_proven_us integer;
update users set address_proven_us = created_us
 where not exists (select 1 from audit a where a.action = 'invitation.accept' and a.actor_id = users.id
                    and a.at_us between users.created_us and users.created_us + 1000000);
alter table invitations add column mailed integer not null default 0 check (mailed in (0, 1));
)sql";

}  // namespace longtake::storage::sql::sqlite
