#pragma once
// Pictures that are kept, as the contract shows them.

#include <boost/json/object.hpp>

#include "desk/screenshots.h"

namespace longtake::api {

boost::json::object screenshot_json(const desk::Screenshot& shot);

}  // namespace longtake::api
