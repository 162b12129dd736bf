#pragma once
// Full-text search, newest first. An indexed thing has a place, a number that grows with what it is ordered
// by; marks, which are exact ("c7": of channel 7); and words, which are found in any case and without
// accents, whole or by their beginning. Filters are marks too, so that one merge of lists answers every
// question in the order of places, and stops when the page is full: SQLite's FTS5 (3.34 or newer) is behind
// it.

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "storage/sql/session.h"

namespace longtake::storage::sql {

/// One of the indexes that a migration made: `create virtual table NAME using fts5(marks, words, ...)`.
class TextIndex {
 public:
  explicit constexpr TextIndex(std::string_view table) : table_(table) {}

  struct Entry {
    std::int64_t place = 0;  ///< unique, above 0
    std::vector<std::string> marks;
    std::string words;
  };
  Status put(Session& session, const Entry& entry) const;
  Status drop(Session& session, std::int64_t place) const;

  struct Question {
    std::vector<std::string> marks;  ///< all of them, at least one
    std::string text;                ///< as somebody typed it; empty: any
    std::int64_t from = 0;
    std::int64_t before = std::numeric_limits<std::int64_t>::max();
    std::size_t limit = 50;
  };
  /// Places in [from, before), highest first.
  Result<std::vector<std::int64_t>> find(Session& session, const Question& question) const;

 private:
  std::string_view table_;
};

/// A mark of anything that is text: letters and digits alone, and no two texts give the same.
std::string text_mark(std::string_view prefix, std::string_view text);

/// What FTS5 is asked: every mark, and every word of the text. "In quotes" is a phrase; the last word that is
/// not is the beginning of one, unless it is a single letter. Nothing of the text is read as syntax.
std::string format_match(const std::vector<std::string>& marks, std::string_view text);

}  // namespace longtake::storage::sql
