#pragma once
// Walls that a person keeps by name: which channels, in what order, in how many tiles. Each is one person's,
// in one organization. Any thread; writes wait for the database's writer.

#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "base/time.h"

namespace longtake::storage::sql {
class Database;
class Session;
}  // namespace longtake::storage::sql

namespace longtake::desk {

using LayoutId = Id<struct LayoutTag>;

struct Layout {
  LayoutId id;
  std::string name;
  int grid = 1;                     ///< 1, 4, 9 or 16 tiles
  std::vector<ChannelId> channels;  ///< in their places; removed ones are left out
  WallTime updated;
  std::int64_t version = 1;  ///< counts edits; the ETag
};

struct NewLayout {
  std::string name;
  int grid = 1;
  std::vector<ChannelId> channels;
};

/// What is nothing stays.
struct LayoutEdit {
  std::optional<std::string> name;
  std::optional<int> grid;
  std::optional<std::vector<ChannelId>> channels;
  std::optional<std::int64_t> expected_version;
};

class Layouts {
 public:
  /// Whose layouts: nobody sees another's.
  struct Owner {
    OrganizationId organization;
    UserId user;
  };
  static constexpr std::size_t most_of_one_person = 100;
  static constexpr std::size_t most_channels = 16;

  Layouts(storage::sql::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  /// conflict: the name is taken, or there are `most_of_one_person`; not_found: a channel that is not one of
  /// the organization.
  Result<Layout> create(const Owner& owner, const NewLayout& layout);
  struct Page {
    LayoutId after;
    std::size_t limit = 50;
  };
  /// In the order they were made.
  Result<std::vector<Layout>> list(const Owner& owner, const Page& page) const;
  Result<Layout> get(const Owner& owner, LayoutId id) const;
  /// conflict named "stale" when the version differs, else when the name is taken.
  Result<Layout> edit(const Owner& owner, LayoutId id, const LayoutEdit& edit);
  Status remove(const Owner& owner, LayoutId id);

 private:
  storage::sql::Database& database_;
  const Clock& clock_;
};

}  // namespace longtake::desk
