#include "desk/check.h"

#include <set>

#include "archive/walk.h"

namespace longtake::desk {
namespace {

using archive::Finding;
using storage::sql::Session;

/// A file that is being written was changed this lately.
constexpr Micros row_delay = std::chrono::minutes{10};

/// `bytes` negative: not known.
constexpr std::string_view select_files =
    "select path, bytes from clips where path is not null "
    "union all select poster, -1 from clips where path is not null and poster <> '' "
    "union all select path, bytes from screenshots where path is not null";

struct File {
  std::string path;
  std::int64_t bytes = 0;
};

std::string problem_of(const storage::blobs::Volume& volume, const File& file) {
  const auto status = volume.status(file.path);
  if (!status) return "file is missing";
  if (file.bytes >= 0 && static_cast<std::int64_t>(status->size) != file.bytes)
    return fmt::format("file has {} bytes, its row says {}", status->size, file.bytes);
  return {};
}

}  // namespace

Result<std::vector<Finding>> check_blobs(storage::blobs::Volume& volume, storage::sql::Database& database,
                                         const Clock& clock, const BlobCheck& options) {
  LT_TRY(const auto files, database.read([](Session& session) {
    return session.query(select_files, [](std::string path, std::int64_t bytes) {
      return File{std::move(path), bytes};
    });
  }));
  std::vector<Finding> out;
  std::set<std::string> known;
  for (const auto& file : files) {
    known.insert(file.path);
    if (auto problem = problem_of(volume, file); !problem.empty())
      out.push_back({"blobs/" + file.path, std::move(problem)});
  }
  LT_CHECK(archive::walk_files(volume, [&](const std::string& path) -> Status {
    if (known.contains(path)) return {};
    const auto status = volume.status(path);
    if (!status) return {};  // gone meanwhile
    if (options.server_runs && clock.now() - status->modified < row_delay) return {};
    if (options.repair) LT_CHECK(volume.move(path, fmt::format("{}/{}", archive::quarantine, path)));
    out.push_back({"blobs/" + path, options.repair ? "unknown file, moved to quarantine" : "unknown file",
                   options.repair});
    return {};
  }));
  return out;
}

}  // namespace longtake::desk
