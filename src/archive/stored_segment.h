#pragma once
// A segment's files, judged and mended: what start-up, check and rebuild have in common.

#include <optional>
#include <string>

#include "archive/rows.h"
#include "media/mp4/scan.h"
#include "storage/blobs/volume.h"

namespace longtake::archive {

/// What a segment file itself says. Nothing when it holds no whole fragment or no identity.
std::optional<media::mp4::ScannedSegment> scan_stored(const storage::blobs::Volume& volume,
                                                      const std::string& path);

/// The row that describes `scanned`: numbers and range from its bytes, `id`, `run_number` and
/// `first_fragment` left to the caller.
rows::SegmentRow describe(const media::mp4::ScannedSegment& scanned, std::string path);

/// Cuts a torn tail off, writes the index anew unless it is whole, makes both durable. Fills
/// `row.index_bytes`.
Status mend(storage::blobs::Volume& volume, const media::mp4::ScannedSegment& scanned, rows::SegmentRow& row);

/// "12" of "1/2026/11/21/103102Z-12.mp4" and of "...Z-12-2.mp4"; nothing for other names.
std::optional<std::uint32_t> sequence_of(const std::string& name);

}  // namespace longtake::archive
