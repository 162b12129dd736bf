#pragma once

#include <functional>
#include <string>

#include "storage/blobs/volume.h"

namespace longtake::archive {

/// Every footage file below the archive's folder (quarantine, locks and half-written replacements left out),
/// by name. Stops at the first error.
Status walk_files(const storage::blobs::Volume& volume,
                  const std::function<Status(const std::string&)>& visit);

/// Where unknown files go.
inline constexpr std::string_view quarantine = "quarantine";

}  // namespace longtake::archive
