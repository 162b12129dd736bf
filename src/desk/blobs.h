#pragma once
// Bytes that are kept for good, whatever becomes of the footage: <organization>/<kind>/<YYYY>/<MM>/<name>, in
// a folder of their own. A file is whole and synced before a row names it; a row goes before its file.

#include <cstdint>
#include <functional>
#include <string>

#include "base/id.h"
#include "base/result.h"
#include "base/time.h"
#include "media/slices.h"
#include "storage/blobs/volume.h"

namespace longtake::desk {

struct BlobName {
  OrganizationId organization;
  std::string kind;  ///< "clips"
  WallTime created;
  std::string name;  ///< "12.mp4"
};
std::string blob_path(const BlobName& blob);

struct CopyOptions {
  std::uint64_t bytes_per_second = 0;  ///< 0: as fast as it goes
  std::function<bool()> stopped;       ///< asked between pieces
  std::function<void(std::uint64_t done)> progress;
};
/// How long a copy that has done so much since it began should pause. Pure.
Micros pause_of_copy(std::uint64_t done, std::uint64_t bytes_per_second, Micros since_begin);

enum class Copied { whole, stopped };
/// Writes and syncs a new file and its name; what an earlier try left there goes. When it is stopped or
/// fails, nothing is left. Blocks for as long as it takes.
Result<Copied> copy_blob(storage::blobs::Volume& volume, const std::string& path,
                         const media::SliceList& body, const CopyOptions& options);

/// The file, to be served.
Result<media::SliceList> open_blob(const storage::blobs::Volume& volume, const std::string& path);

}  // namespace longtake::desk
