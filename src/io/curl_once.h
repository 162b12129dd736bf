#pragma once
// libcurl wants one call before all others. Internal to io.

namespace longtake::io {

/// Idempotent; any thread.
void init_curl_once();

}  // namespace longtake::io
