#pragma once

#include "ingest/input.h"

namespace longtake::ingest {

/// What every Reader of this input is told.
media::ffmpeg::ReaderOptions reader_options(const InputOptions& options);

}  // namespace longtake::ingest
