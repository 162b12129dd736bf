#pragma once
// Passwords that are tried first by whoever guesses: the common words with what people put around them,
// repetitions and walks over the keyboard. docs/decisions/0006-common-passwords-by-rule.md says why rules and
// no list.

#include <optional>
#include <string>
#include <string_view>

namespace longtake::access {

/// Why the password is easily guessed, as the end of "this password is ..."; nothing when it is not. `owner`
/// is the person's e-mail address (may be empty): its parts count as common words.
std::optional<std::string> find_weakness(std::string_view password, std::string_view owner = {});

}  // namespace longtake::access
