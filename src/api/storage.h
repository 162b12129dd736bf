#pragma once

#include <optional>

#include "api/context.h"

namespace longtake::api {

/// Days until the disk is full at the present rate of all recordings; nothing when nothing is recorded.
Result<std::optional<double>> days_left(const Context& context);

}  // namespace longtake::api
