#include "archive/walk.h"

namespace longtake::archive {
namespace {

Status descend(const storage::blobs::Volume& volume, const std::string& folder,
               const std::function<Status(const std::string&)>& visit) {
  auto entries = volume.list(folder);
  // Retention removes empty folders meanwhile.
  if (!entries.ok() && entries.error().code() == Code::not_found && !folder.empty()) return {};
  if (!entries.ok()) return std::move(entries).error();
  for (const auto& entry : *entries) {
    if (folder.empty() && entry.name == quarantine) continue;
    const auto path = folder.empty() ? entry.name : folder + "/" + entry.name;
    if (entry.is_folder) LT_CHECK(descend(volume, path, visit));
    const bool ours = entry.name.front() == '.' || entry.name.ends_with(".new");
    if (entry.is_regular && !ours) LT_CHECK(visit(path));
  }
  return {};
}

}  // namespace

Status walk_files(const storage::blobs::Volume& volume,
                  const std::function<Status(const std::string&)>& visit) {
  return descend(volume, "", visit);
}

}  // namespace longtake::archive
