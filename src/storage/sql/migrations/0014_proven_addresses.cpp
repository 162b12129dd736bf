#include "storage/sql/migrations/sqlite.h"

namespace longtake::storage::sql::sqlite {

// Until now every inviter saw the link: an account that was made with one is in the hands of whoever followed
// it. Others were made at the command line, or a provider has vouched for their address.
const std::string_view proven_addresses = R"sql(
alter table users add column address_proven_us integer;
update users set address_proven_us = created_us
 where exists (select 1 from openid_identities i where i.user_id = users.id)
    or not exists (select 1 from audit a where a.action = 'invitation.accept' and a.actor_id = users.id);
alter table invitations add column mailed integer not null default 0 check (mailed in (0, 1));
)sql";

}  // namespace longtake::storage::sql::sqlite
