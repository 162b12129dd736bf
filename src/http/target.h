#pragma once
// The request target: percent-decoding, segments, query. Parses outside bytes; pure.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace longtake::http {

struct Target {
  std::string path;
  std::vector<std::string> segments;
  std::string raw_query;
  Query query;
};

/// Origin form ("/a/b?x=1"), absolute form ("http://host/a", host ignored) or "*" (no segments). Error
/// `invalid`: bad percent-encoding, NUL or control bytes, a "." or ".." segment in any spelling, an encoded
/// slash or backslash beside dots, a fragment.
Result<Target> parse_target(std::string_view text);

/// "%41b" -> "Ab"; error `invalid` on a broken escape.
Result<std::string> percent_decode(std::string_view text);
/// Decodes "a=1&b=2+3"; '+' is a space.
Result<Query> parse_query(std::string_view text);

}  // namespace longtake::http
