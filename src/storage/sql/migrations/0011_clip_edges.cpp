#include "storage/sql/migrations/sqlite.h"

namespace longtake::storage::sql::sqlite {

// Whether the pictures between a clip's ends and the nearest keyframes are copied or encoded.
const std::string_view clip_edges = R"sql(
alter table clips add column edges text not null default 'copy';
)sql";

}  // namespace longtake::storage::sql::sqlite
