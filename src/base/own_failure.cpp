#include "base/own_failure.h"

namespace longtake {

std::string_view own_failure_text(Code code) {
  switch (code) {
    case Code::unavailable:
      return "this cannot be done now: try again in a moment";
    case Code::full:
      return "the server has no room left";
    case Code::conflict:
      return "somebody changed it at the same time: load it again";
    case Code::not_found:
      return "it is not there any more";
    case Code::invalid:
    case Code::forbidden:
    case Code::internal:
      break;
  }
  return "our mistake; it is in the log";
}

}  // namespace longtake
