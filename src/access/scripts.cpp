#include "access/scripts.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/text.h"

namespace longtake::access {
namespace {

struct Letter {
  std::string_view sound, key;
};

/// U+0430 to U+044F, by the JCUKEN layout.
constexpr std::array<Letter, 32> russian = {
    {{"a", "f"},  {"b", ","},   {"v", "d"}, {"g", "u"}, {"d", "l"}, {"e", "t"}, {"zh", ";"}, {"z", "p"},
     {"i", "b"},  {"y", "q"},   {"k", "r"}, {"l", "k"}, {"m", "v"}, {"n", "y"}, {"o", "j"},  {"p", "g"},
     {"r", "h"},  {"s", "c"},   {"t", "n"}, {"u", "e"}, {"f", "a"}, {"h", "["}, {"ts", "w"}, {"ch", "x"},
     {"sh", "i"}, {"sch", "o"}, {"", "]"},  {"y", "s"}, {"", "m"},  {"e", "'"}, {"yu", "."}, {"ya", "z"}}};
constexpr Letter yo = {"e", "`"};

/// Of a two-byte sequence; nullptr: no Russian letter.
const Letter* find_russian(unsigned char lead, unsigned char next) {
  const int c = ((lead & 0x1f) << 6) | (next & 0x3f);
  if (c == 0x401 || c == 0x451) return &yo;
  if (c >= 0x410 && c <= 0x42f) return &russian[static_cast<std::size_t>(c - 0x410)];
  if (c >= 0x430 && c <= 0x44f) return &russian[static_cast<std::size_t>(c - 0x430)];
  return nullptr;
}

/// U+00C0 to U+00FF, of which the second byte is 0x80 to 0xBF; '?' where a letter has no plain form.
std::string_view without_mark(unsigned char next) {
  constexpr std::string_view plain = "aaaaaa?ceeeeiiiidnooooo?ouuuuy??";
  const auto c = plain.substr(next & 0x1fU, 1);
  return c == "?" ? std::string_view{} : c;
}

template <class Of>
std::string rewrite(std::string_view text, Of of) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto size = std::max<std::size_t>(utf8_length(text, i), 1);
    const auto sequence = text.substr(i, size);
    if (size == 1)
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(sequence[0])));
    else
      out += of(sequence);
    i += size;
  }
  return out;
}

unsigned char byte(std::string_view sequence, std::size_t i) {
  return static_cast<unsigned char>(sequence[i]);
}

}  // namespace

std::string to_latin(std::string_view text) {
  return rewrite(text, [](std::string_view sequence) {
    if (sequence.size() != 2) return sequence;
    if (byte(sequence, 0) == 0xc3)
      if (const auto plain = without_mark(byte(sequence, 1)); !plain.empty()) return plain;
    const auto* letter = find_russian(byte(sequence, 0), byte(sequence, 1));
    return letter ? letter->sound : sequence;
  });
}

std::string to_keys(std::string_view text) {
  return rewrite(text, [](std::string_view sequence) {
    const auto* letter = sequence.size() == 2 ? find_russian(byte(sequence, 0), byte(sequence, 1)) : nullptr;
    return letter ? letter->key : sequence;
  });
}

}  // namespace longtake::access
