#include "access/weak_passwords.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <utility>
#include <vector>

#include "access/scripts.h"

namespace longtake::access {
namespace {

/// What people choose most, without the digits and signs they add to it. Sorted, for reading.
constexpr std::string_view common_words[] = {
    "abc",        "abcd",       "abcdef",      "access",     "admin",      "administrator", "adobe",
    "alex",       "alexander",  "alexandra",   "alexis",     "amanda",     "america",       "andrea",
    "andrew",     "andrey",     "angel",       "angela",     "angels",     "anna",          "anthony",
    "apple",      "april",      "arsenal",     "ashley",     "asshole",    "august",        "austin",
    "autumn",     "babygirl",   "bailey",      "banana",     "barcelona",  "barney",        "baseball",
    "basketball", "batman",     "beautiful",   "bitch",      "blink",      "boomer",        "brandon",
    "broadcast",  "buster",     "butterfly",   "camera",     "carlos",     "carolina",      "change",
    "changeit",   "changeme",   "channel",     "charlie",    "chelsea",    "chester",       "chicken",
    "chocolate",  "chris",      "club",        "coffee",     "company",    "computer",      "cookie",
    "cowboy",     "dallas",     "daniel",      "daniela",    "database",   "david",         "december",
    "default",    "desk",       "diamond",     "dmitry",     "dragon",     "editor",        "elizabeth",
    "eminem",     "family",     "february",    "ferrari",    "flower",     "football",      "forever",
    "freedom",    "friend",     "friends",     "fuck",       "fucker",     "fuckoff",       "fuckyou",
    "gabriel",    "george",     "ginger",      "golfer",     "google",     "guest",         "guitar",
    "hammer",     "hannah",     "harley",      "hello",      "helpme",     "hockey",        "hottie",
    "hunter",     "iceman",     "iloveme",     "iloveyou",   "internet",   "jackson",       "january",
    "jasmine",    "jennifer",   "jessica",     "jesus",      "jordan",     "joseph",        "joshua",
    "july",       "june",       "junior",      "justin",     "killer",     "king",          "letmein",
    "liverpool",  "login",      "longtake",    "love",       "lovely",     "loveme",        "lovers",
    "loveyou",    "madison",    "maggie",      "manager",    "manchester", "march",         "maria",
    "marina",     "martin",     "master",      "matrix",     "matthew",    "maverick",      "melissa",
    "mercedes",   "merlin",     "michael",     "michelle",   "microsoft",  "monday",        "money",
    "monkey",     "monster",    "mother",      "mustang",    "mypass",     "mypassword",    "natasha",
    "nathan",     "newpass",    "newpassword", "news",       "newsroom",   "nicholas",      "nicole",
    "nikita",     "nothing",    "november",    "october",    "oliver",     "orange",        "panther",
    "parol",      "pass",       "passphrase",  "passw",      "password",   "passwort",      "patrick",
    "peanut",     "pepper",     "player",      "please",     "pokemon",    "portal",        "prince",
    "princess",   "private",    "purple",      "qazwsx",     "querty",     "qwer",          "qwert",
    "qwerty",     "rachel",     "raiders",     "ranger",     "realmadrid", "rebecca",       "record",
    "recorder",   "richard",    "robert",      "root",       "samantha",   "samsung",       "sandra",
    "saturday",   "secret",     "september",   "server",     "shadow",     "shannon",       "silver",
    "snoopy",     "soccer",     "sophie",      "spain",      "sparky",     "spiderman",     "spring",
    "starwars",   "stream",     "studio",      "stupid",     "summer",     "sunday",        "sunshine",
    "super",      "superadmin", "superman",    "support",    "sweety",     "system",        "teamo",
    "temp",       "temppass",   "tennis",      "teresa",     "test",       "tester",        "testing",
    "thomas",     "thunder",    "tigger",      "tinkerbell", "training",   "trustno",       "unknown",
    "user",       "username",   "valentina",   "vanessa",    "video",      "vladimir",      "welcome",
    "whatever",   "william",    "windows",     "winter",     "yankees",    "yellow",        "zaq",
};

/// The same of Spanish and Russian, as they sound in Latin letters.
constexpr std::string_view common_elsewhere[] = {
    "alejandro", "aleksandr",     "aleksey",  "amigo",        "amigos",    "amor",       "anastasiya",
    "barselona", "bolshoy",       "cancha",   "clave",        "colombia",  "contrasena", "corazon",
    "ekaterina", "espana",        "estrella", "familia",      "familiya",  "futbol",     "gatito",
    "hola",      "internacional", "invierno", "irina",        "kotik",     "kristina",   "lokomotiv",
    "lyubimaya", "lyubimyy",      "lyublyu",  "lyublyutebya", "lyubov",    "madrid",     "maksim",
    "malyshka",  "mariposa",      "mexico",   "mihail",       "moskva",    "novosti",    "oksana",
    "otono",     "padel",         "pepito",   "primavera",    "princesa",  "privet",     "redaktor",
    "rossiya",   "sebastian",     "sergey",   "sevilla",      "solnyshko", "spartak",    "svetlana",
    "tatyana",   "tebya",         "tequiero", "usuario",      "valencia",  "verano",     "viktoriya",
    "vladimir",  "vsegda",        "yuliya",   "zaychik",      "zayka",     "zenit",      "zhizn",
};

bool is_letter(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || static_cast<unsigned char>(c) >= 0x80;
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string lower(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

/// "p4$$w0rd" -> "password".
std::string without_disguise(std::string text) {
  constexpr std::string_view signs = "013457@$!", letters = "oleastasi";
  for (auto& c : text)
    if (const auto at = signs.find(c); at != std::string_view::npos) c = letters[at];
  return text;
}

/// Without what is put before and after a word: "2024summer!!" -> "summer".
std::string_view core_of(std::string_view text) {
  while (!text.empty() && !is_letter(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && !is_letter(text.back()))
    text.remove_suffix(1);
  return text;
}

bool is_common(std::string_view text) {
  return std::find(std::begin(common_words), std::end(common_words), text) != std::end(common_words) ||
         std::find(std::begin(common_elsewhere), std::end(common_elsewhere), text) !=
             std::end(common_elsewhere);
}

/// Words put together, with signs between them or not: any number of the person's own, two common ones.
bool is_made_of_words(std::string_view core, const std::vector<std::string>& own) {
  constexpr std::size_t longest_word = 64;
  constexpr int most_common = 2, out_of_reach = most_common + 1;
  // Of each place between two characters: how few common words lead up to it.
  std::vector<int> used(core.size() + 1, out_of_reach);
  used[0] = 0;
  for (std::size_t from = 0; from < core.size(); ++from) {
    if (used[from] == out_of_reach) continue;
    if (from > 0 && !is_letter(core[from])) used[from + 1] = std::min(used[from + 1], used[from]);
    for (std::size_t size = 1; size <= std::min(longest_word, core.size() - from); ++size) {
      const auto word = core.substr(from, size);
      const bool mine = std::find(own.begin(), own.end(), word) != own.end();
      if (!mine && !is_common(word)) continue;
      auto& there = used[from + size];
      there = std::min(there, used[from] + (mine ? 0 : 1));
    }
  }
  return !core.empty() && used[core.size()] <= most_common;
}

/// The same few characters over and over: "abcabcabcabc".
bool repeats(std::string_view text) {
  for (std::size_t unit = 1; unit <= text.size() / 2; ++unit) {
    bool all = true;
    for (std::size_t i = unit; all && i < text.size(); ++i)
      all = text[i] == text[i - unit];
    if (all) return true;
  }
  return false;
}

struct Key {
  int row = -1, column = -1;
};
Key key_of(char c) {
  constexpr std::array<std::string_view, 4> rows = {"1234567890-=", "qwertyuiop[]", "asdfghjkl;'",
                                                    "zxcvbnm,./"};
  for (int row = 0; row < 4; ++row)
    if (const auto at = rows[static_cast<std::size_t>(row)].find(c); at != std::string_view::npos)
      return {row, static_cast<int>(at)};
  return {};
}

bool neighbours(char a, char b) {
  if (a == b) return true;
  if (((is_letter(a) && is_letter(b)) || (is_digit(a) && is_digit(b))) && std::abs(a - b) == 1) return true;
  const auto p = key_of(a), q = key_of(b);
  return p.row >= 0 && q.row >= 0 && std::abs(p.row - q.row) <= 1 && std::abs(p.column - q.column) <= 1;
}

/// "1q2w3e4r5t", "qazwsxedcrfv", "abcdefghij": at least seven of ten steps go to a neighbour.
bool is_walk(std::string_view text) {
  std::size_t steps = 0;
  for (std::size_t i = 1; i < text.size(); ++i)
    if (neighbours(text[i - 1], text[i])) ++steps;
  return text.size() > 1 && steps * 10 >= (text.size() - 1) * 7;
}

/// Both halves of an address, and the words in them: "ann.lee@example.org" -> annlee, ann.lee, ann, lee,
/// example, org.
std::vector<std::string> words_of(const std::string& address) {
  std::vector<std::string> out;
  std::string word, joined;
  for (const char c : address + "@") {
    if (is_letter(c)) {
      word += c;
      joined += c;
      continue;
    }
    if (word.size() > 1) out.push_back(word);
    word.clear();
    if (c == '@' && !joined.empty()) out.push_back(std::exchange(joined, {}));
  }
  return out;
}

}  // namespace

namespace {

std::optional<std::string> find_weakness_of(const std::string& text, const std::vector<std::string>& own) {
  if (std::set<char>(text.begin(), text.end()).size() < 4) return "made of too few different characters";
  if (text.size() < 16 && std::all_of(text.begin(), text.end(), is_digit)) return "only a number";
  if (repeats(text)) return "a repetition";
  if (is_walk(text)) return "a row of neighbouring keys or letters";
  const auto plain = without_disguise(text);
  const auto inner = without_disguise(std::string{core_of(text)});
  for (const std::string_view core : {std::string_view{inner}, core_of(plain), core_of(text)})
    if (is_made_of_words(core, own)) return "one of the most common, or your own name";
  return {};
}

}  // namespace

std::optional<std::string> find_weakness(std::string_view password, std::string_view owner) {
  const auto own = words_of(lower(owner));
  // As it is typed, as its letters sound in Latin, and as the keys that it lies on.
  for (const auto& text : {lower(password), to_latin(password), to_keys(password)})
    if (auto weakness = find_weakness_of(text, own)) return weakness;
  return {};
}

}  // namespace longtake::access
