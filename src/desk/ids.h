#pragma once
// Ids of what editors keep. A clip's is in base: shares name clips, too.

#include "base/id.h"

namespace longtake::desk {

using NoteId = Id<struct NoteTag>;
using ScreenshotId = Id<struct ScreenshotTag>;

}  // namespace longtake::desk
