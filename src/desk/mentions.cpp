#include "desk/mentions.h"

#include <algorithm>
#include <optional>

namespace longtake::desk {
namespace {

struct Mention {
  std::size_t begin = 0, end = 0;
  UserId user;
};

std::optional<Mention> next_mention(std::string_view text, std::size_t from) {
  for (auto begin = text.find("<@", from); begin != text.npos; begin = text.find("<@", begin + 2)) {
    const auto digits = text.find_first_not_of("0123456789", begin + 2);
    if (digits == text.npos || text[digits] != '>') continue;
    if (const auto user = parse_id<UserId>(text.substr(begin + 2, digits - begin - 2)))
      return Mention{.begin = begin, .end = digits + 1, .user = *user};
  }
  return {};
}

}  // namespace

std::vector<UserId> mentions_in(std::string_view text) {
  std::vector<UserId> users;
  std::size_t from = 0;
  while (const auto mention = next_mention(text, from)) {
    if (std::find(users.begin(), users.end(), mention->user) == users.end()) users.push_back(mention->user);
    from = mention->end;
  }
  return users;
}

std::string without_mentions(std::string_view text) {
  std::string out;
  std::size_t from = 0;
  while (const auto mention = next_mention(text, from)) {
    out.append(text.substr(from, mention->begin - from)).append(1, ' ');
    from = mention->end;
  }
  return out.append(text.substr(from));
}

}  // namespace longtake::desk
