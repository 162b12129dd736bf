#pragma once
// "Test" of a source: connect, look, leave.

#include "ingest/supervisor.h"

namespace longtake::ingest {

struct ProbeContext {
  const Options& options;
  const Clock& clock;
  Log& log;
};
/// Blocks up to `test.at_most` (DNS apart). Errors name the failure.
Result<SourceReport> probe_source(const ProbeContext& context, const SourceTest& test, std::stop_token stop);

}  // namespace longtake::ingest
