#pragma once
// `longtake check` and `longtake rebuild`.

#include <string>
#include <vector>

#include "archive/archive.h"
#include "base/fd.h"

namespace longtake::archive {

struct Finding {
  std::string thing;    ///< file or row
  std::string problem;  ///< one line
  bool repaired = false;
};
struct CheckOptions {
  bool repair = false;
};
/// Verifies every invariant between rows, files and indexes; with repair mends what it can: unknown files go
/// to <folder>/quarantine, never deleted. Usable beside a running server (open segments are left alone).
Result<std::vector<Finding>> check(const Options& options, storage::sql::Database& database,
                                   const Clock& clock, Log& log, CheckOptions check_options);

/// An archive that is only read, beside a running server or without one: no lock, no lanes, no recovery. Open
/// segments are seen as far as their files and indexes reach. Writing calls fail.
Result<std::unique_ptr<Archive>> open_reader(const Options& options, storage::sql::Database& database,
                                             const Clock& clock, Log& log);

/// Held: no server runs on this archive, and none starts. conflict names the mend.
Result<Fd> lock_archive(const Options& options);

struct Rebuilt {
  std::size_t segments = 0, channels = 0, unreadable = 0;
};
/// Rebuilds rows of runs, segments and gaps from the files' identity boxes. Channels unknown to the catalogue
/// are made, stopped, named "recovered <id>".
Result<Rebuilt> rebuild(const Options& options, storage::sql::Database& database, const Clock& clock,
                        Log& log);

}  // namespace longtake::archive
