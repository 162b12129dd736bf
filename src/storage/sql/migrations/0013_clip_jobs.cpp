#include "storage/sql/migrations/sqlite.h"

namespace longtake::storage::sql::sqlite {

// Asked for every job that is forgotten, also by the clips' own reference to jobs.
const std::string_view clip_jobs = R"sql(
create index clips_by_job on clips (job_id) where job_id is not null;
)sql";

}  // namespace longtake::storage::sql::sqlite
