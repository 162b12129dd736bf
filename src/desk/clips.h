#pragma once
// The registry of clips: rows, and the jobs that cut them. Every call is scoped by organization, except for
// those of the cutter itself. Any thread that may block.

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "desk/clip.h"
#include "jobs/queue.h"
#include "storage/blobs/volume.h"

namespace longtake::desk {

struct ClipOptions {
  std::chrono::minutes longest{120};
  unsigned waiting = 100;                                    ///< queued or being cut, of one organization
  std::uint64_t bytes_per_second = std::uint64_t{64} << 20;  ///< of one cutter; 0: as fast as it goes
  bool operator==(const ClipOptions&) const = default;
};

struct NewClips {
  std::vector<ChannelId> channels;  ///< one clip of each
  WallRange range;
  std::string title;
  std::vector<std::string> tags;
  Edges edges = Edges::copy;
  UserId author;
  NoteId note;  ///< they are kept with; zero: none
  /// Part of the transaction, for each: its entry in the audit.
  std::function<Status(storage::sql::Session&, const Clip&)> record;
};

struct ClipQuery {
  std::string text;  ///< words of title, tags and author's name, the last one by its beginning; empty: any
  std::string tag;   ///< empty: any
  ChannelId channel;
  UserId author;
  NoteId note;
  std::optional<WallTime> from, to;  ///< clips that show some of [from, to)
  ClipId before;                     ///< zero: from the newest on
  std::size_t limit = 50;
};

class Clips {
 public:
  /// The end of a clip may lie this far in the future: it is cut when it is recorded.
  static constexpr std::chrono::minutes furthest{10};
  static constexpr std::string_view job_kind = "clip.cut";
  /// The row of a job that is over is kept so long.
  static constexpr std::chrono::hours kept_jobs{24 * 30};

  Clips(ClipOptions options, storage::sql::Database& database, const jobs::Queue& queue,
        storage::blobs::Volume& volume, const Clock& clock, Log& log)
      : options_(options), database_(database), queue_(queue), volume_(volume), clock_(clock), log_(log) {}

  const ClipOptions& options() const { return options_; }
  const storage::blobs::Volume& volume() const { return volume_; }

  /// Rows and jobs, all or none. not_found: a channel or the note is none of the organization's; invalid: too
  /// long or too far ahead; full (named "too-many-clips"): too many wait.
  Result<std::vector<Clip>> create(OrganizationId organization, const NewClips& wanted);
  Result<Clip> get(OrganizationId organization, ClipId id) const;
  /// Calls back with the clip as it is now, with one at a time: what is told later is never older.
  void tell(OrganizationId organization, ClipId id, const std::function<void(Clip)>& listener) const;
  /// Newest first.
  Result<std::vector<Clip>> list(OrganizationId organization, const ClipQuery& query) const;
  struct Edit {
    std::string title;
    std::vector<std::string> tags;
    NoteId note;                                   ///< zero: none
    std::optional<std::int64_t> expected_version;  ///< conflict (named "stale") when it differs
  };
  Result<Clip> edit(OrganizationId organization, ClipId id, const Edit& edit);
  /// Site-wide, for those who ask what is known of them: by id, after `after`.
  Result<std::vector<Clip>> cut_by(UserId author, ClipId after, std::size_t limit) const;
  /// The row and what is shared of it, then the file: one that stays behind is logged and left to `sweep`.
  Status remove(OrganizationId organization, ClipId id);
  /// Of one that failed or was cancelled; conflict: it is neither.
  Result<Clip> retry(OrganizationId organization, ClipId id);
  /// Of one that is queued or being cut; conflict: it is neither.
  Result<Clip> cancel(OrganizationId organization, ClipId id);

  // --- For the cutter and the start of the server: of every organization.
  struct Cut {
    std::string path, poster;
    std::uint64_t bytes = 0;
    WallRange shown;
    std::vector<Missing> missing;
  };
  /// Part of the transaction that ends the job.
  Status keep(storage::sql::Session& session, ClipId id, const Cut& cut) const;
  /// Files whose row was removed when the server ended; one that cannot be removed is logged. Gives how many
  /// clips have none left.
  Result<std::int64_t> sweep();
  /// Rows of jobs that ended long ago, but for the one that says why its clip has no file. Gives how many.
  Result<std::int64_t> forget_jobs();

 private:
  Result<Clip> enqueue(storage::sql::Session& session, const Clip& clip) const;
  Status remove_files(const Clip& clip);
  Status remove_files(ClipId id, const std::string& path, const std::string& poster);

  const ClipOptions options_;
  storage::sql::Database& database_;
  const jobs::Queue& queue_;
  storage::blobs::Volume& volume_;
  const Clock& clock_;
  Log& log_;
  mutable std::mutex telling_;
};

}  // namespace longtake::desk
