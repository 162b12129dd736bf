#pragma once
// UTF-8 that people and programs send. Pure.

#include <cstddef>
#include <string>
#include <string_view>

namespace longtake {

/// Bytes of the valid UTF-8 sequence (Unicode 15, table 3-7) at `text[at]`; 0 where there is none.
std::size_t utf8_length(std::string_view text, std::size_t at);

/// Code points of valid UTF-8.
std::size_t count_code_points(std::string_view text);

/// The valid sequences of the text, whole ones, in at most so many bytes.
std::string valid_utf8(std::string_view text, std::size_t most_bytes);

/// What may stand in a line as somebody's or something's name: valid UTF-8 that is seen, without control
/// characters and without those that turn the direction of what follows (Unicode UAX 9).
bool is_label(std::string_view text);

}  // namespace longtake
