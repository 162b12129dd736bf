#pragma once
// Words burned into a picture. The only place that knows cairo and Pango.

#include <span>
#include <string>

#include "base/result.h"
#include "media/slices.h"

namespace longtake::media {

/// UTF-8, of any script that the installed fonts have; bytes that are none are shown as such.
struct Caption {
  std::string title;  ///< shortened in its middle when there is no room for all of it
  std::string time;   ///< always whole; both may be smaller than wanted on a very small picture
  bool operator==(const Caption&) const = default;
};

/// The same PNG picture with the caption in its lower left corner, white on a dark plate of its own; every
/// pixel outside of the plate stays as it is. Errors: invalid (no PNG picture of 8 bits), unavailable (no
/// fonts are installed). Processor-heavy: `cpu` lane.
Result<Bytes> burn_in(std::span<const std::byte> png, const Caption& caption);

}  // namespace longtake::media
