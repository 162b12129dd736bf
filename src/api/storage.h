#pragma once

#include <optional>

#include "api/context.h"

namespace longtake::api {

/// Days until the disk is full, at the present rates and as retention lets the channels grow; nothing when it
/// never will be.
Result<std::optional<double>> days_left(const Context& context);

}  // namespace longtake::api
