#include "base/text.h"

#include <algorithm>

namespace longtake {
namespace {

char32_t code_point(std::string_view sequence) {
  const auto lead = static_cast<unsigned char>(sequence[0]);
  if (sequence.size() == 1) return lead;
  char32_t out = lead & (0xffU >> (sequence.size() + 1));
  for (const char c : sequence.substr(1))
    out = (out << 6) | (static_cast<unsigned char>(c) & 0x3f);
  return out;
}

bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
}
bool turns_direction(char32_t c) {
  return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}
/// Also what joins or marks without a shape of its own.
bool is_unseen(char32_t c) {
  return c == ' ' || c == 0xa0 || c == 0xad || (c >= 0x2000 && c <= 0x200f) || c == 0x202f || c == 0x205f ||
         c == 0x2060 || c == 0x3000 || c == 0xfeff;
}

}  // namespace

std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[k]); };
  const unsigned char lead = byte(at);
  if (lead < 0x80) return 1;
  const std::size_t size = lead >= 0xc2 && lead <= 0xdf   ? 2
                           : (lead & 0xf0) == 0xe0        ? 3
                           : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                          : 0;
  if (size == 0 || at + size > text.size()) return 0;
  for (std::size_t k = 1; k < size; ++k)
    if ((byte(at + k) & 0xc0) != 0x80) return 0;
  const unsigned char second = byte(at + 1);
  // Overlong forms, surrogates, beyond U+10FFFF.
  if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) || (lead == 0xf0 && second < 0x90) ||
      (lead == 0xf4 && second > 0x8f))
    return 0;
  return size;
}

std::size_t count_code_points(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string valid_utf8(std::string_view text, std::size_t most_bytes) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto size = utf8_length(text, i);
    if (out.size() + size > most_bytes) break;
    out += text.substr(i, size);
    i += std::max<std::size_t>(size, 1);
  }
  return out;
}

bool is_label(std::string_view text) {
  bool seen = false;
  for (std::size_t i = 0; i < text.size();) {
    const auto size = utf8_length(text, i);
    if (size == 0) return false;
    const auto c = code_point(text.substr(i, size));
    if (is_control(c) || turns_direction(c)) return false;
    seen = seen || !is_unseen(c);
    i += size;
  }
  return seen;
}

}  // namespace longtake
