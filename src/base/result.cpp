#include "base/result.h"

namespace longtake {

std::string_view to_string(Code code) {
  switch (code) {
    case Code::not_found:
      return "not_found";
    case Code::invalid:
      return "invalid";
    case Code::conflict:
      return "conflict";
    case Code::unavailable:
      return "unavailable";
    case Code::forbidden:
      return "forbidden";
    case Code::full:
      return "full";
    case Code::internal:
      return "internal";
  }
  return "internal";
}

std::string Error::story() const {
  std::string out = text_;
  for (const auto& step : steps_)
    out += " <- " + step;
  return out;
}

}  // namespace longtake
