#pragma once
// A person in a text, as `<@42>`: by number, so that a new name shows at once, and an erased one nowhere.

#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"

namespace longtake::desk {

/// Who is mentioned, each once, in order.
std::vector<UserId> mentions_in(std::string_view text);
/// The text with a space for each mention.
std::string without_mentions(std::string_view text);

}  // namespace longtake::desk
