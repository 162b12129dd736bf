#include "storage/sql/changes.h"

#include "storage/sql/session.h"

namespace longtake::storage::sql {
namespace {

/// Another one whenever somebody else has committed; nothing when it cannot be told.
std::optional<std::int64_t> data_version(Session& session) {
  auto found = session.find("pragma data_version", [](std::int64_t version) { return version; });
  return found ? *found : std::nullopt;
}

}  // namespace

std::uint64_t Watch::version() const {
  changes_->look();
  return last_version();
}

std::uint64_t Watch::last_version() const {
  auto version = changes_->elsewhere();
  for (const auto* count : counts_)
    version += count->load(std::memory_order_acquire);
  return version;
}

Watch Changes::watch(const std::vector<std::string_view>& tables) {
  const std::lock_guard lock{tables_mutex_};
  std::vector<const ChangeCount*> counts;
  counts.reserve(tables.size());
  for (const auto table : tables)
    counts.push_back(&tables_[std::string{table}]);
  return Watch{*this, std::move(counts)};
}

/// Whatever is committed and not ours yet is taken for somebody else's.
void Changes::look() {
  const std::lock_guard lock{looking_};
  const auto now = data_version(looker_);
  if (now && *now == seen_) return;
  elsewhere_.fetch_add(1, std::memory_order_release);
  if (now) seen_ = *now;
}

void Changes::begin() {
  touched_.clear();
  last_noted_.clear();
  noted_ = 0;
}

void Changes::note(std::string_view table) {
  ++noted_;
  if (table == last_noted_) return;
  last_noted_ = table;
  const std::lock_guard lock{tables_mutex_};
  const auto found = tables_.find(table);
  if (found != tables_.end()) touched_.push_back(&found->second);
}

void Changes::committed(std::int64_t rows) {
  for (auto* count : touched_)
    count->fetch_add(1, std::memory_order_release);
  // A table emptied whole is not told of row by row.
  if (rows > noted_) elsewhere_.fetch_add(1, std::memory_order_release);
  const std::lock_guard lock{looking_};
  // The looker cannot tell our commit from others', the writer sees others' alone: asked last, so that one
  // which came between the two is told of.
  const auto seen = data_version(looker_);
  const auto others = data_version(writer_);
  if (!others || *others != writer_saw_) elsewhere_.fetch_add(1, std::memory_order_release);
  if (others) writer_saw_ = *others;
  if (seen) seen_ = *seen;
}

}  // namespace longtake::storage::sql
