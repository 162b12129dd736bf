#pragma once

namespace longtake::io {

/// Makes writing to a closed socket an error (EPIPE) instead of the end of the process. sendfile(2) and TLS
/// libraries have no flag for it, so it is set for the whole process, unless somebody handles SIGPIPE
/// already. Idempotent.
void ignore_broken_pipes();

}  // namespace longtake::io
