#include "storage/sql/text_index.h"

#include <algorithm>

namespace longtake::storage::sql {
namespace {

struct Chunk {
  std::string_view text;
  bool phrase = false;
};

/// Words between spaces, and phrases between quotes; a quote without its other half ends with the text.
std::vector<Chunk> split(std::string_view text) {
  std::vector<Chunk> chunks;
  constexpr std::string_view spaces = " \t\r\n";
  while (true) {
    const auto begin = text.find_first_not_of(spaces);
    if (begin == text.npos) return chunks;
    text.remove_prefix(begin);
    const bool phrase = text.front() == '"';
    if (phrase) text.remove_prefix(1);
    const auto end = std::min(phrase ? text.find('"') : text.find_first_of(" \t\r\n\""), text.size());
    if (end > 0) chunks.push_back({text.substr(0, end), phrase});
    text.remove_prefix(phrase ? std::min(end + 1, text.size()) : end);
  }
}

bool has_two_letters(std::string_view utf8) {
  return std::count_if(utf8.begin(), utf8.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }) > 1;
}

}  // namespace

std::string text_mark(std::string_view prefix, std::string_view text) {
  std::string mark{prefix};
  for (const unsigned char c : text)
    fmt::format_to(std::back_inserter(mark), "{:02x}", c);
  return mark;
}

std::string format_match(const std::vector<std::string>& marks, std::string_view text) {
  // Terms beside each other are all asked for; what has no letter or digit is passed over, as after AND it is
  // not.
  std::string out = "marks : (";
  for (const auto& mark : marks)
    fmt::format_to(std::back_inserter(out), "\"{}\" ", mark);
  out += ')';
  const auto chunks = split(text);
  if (chunks.empty()) return out;
  out += " AND words : (";
  for (const auto& chunk : chunks) {
    const bool beginning = &chunk == &chunks.back() && !chunk.phrase && has_two_letters(chunk.text);
    fmt::format_to(std::back_inserter(out), "\"{}\" {}", chunk.text, beginning ? "* " : "");
  }
  return out + ')';
}

Status TextIndex::put(Session& session, const Entry& entry) const {
  std::string marks;
  for (const auto& mark : entry.marks)
    marks += mark + ' ';
  LT_CHECK(session.execute(fmt::format("insert into {} (rowid, marks, words) values (?, ?, ?)", table_),
                           entry.place, marks, entry.words));
  return {};
}

Status TextIndex::drop(Session& session, std::int64_t place) const {
  LT_CHECK(session.execute(fmt::format("delete from {} where rowid = ?", table_), place));
  return {};
}

Result<std::vector<std::int64_t>> TextIndex::find(Session& session, const Question& question) const {
  return session.query(
      fmt::format(
          "select rowid from {0} where {0} match ? and rowid >= ? and rowid < ? order by rowid desc limit ?",
          table_),
      [](std::int64_t place) { return place; }, format_match(question.marks, question.text), question.from,
      question.before, question.limit);
}

}  // namespace longtake::storage::sql
