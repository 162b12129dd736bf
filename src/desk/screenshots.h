#pragma once
// Pictures that are kept for good: the one displayed at an instant, as recorded, lossless. Every call is
// scoped by organization, except for `sweep`. Any thread that may block; `keep` decodes.

#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "desk/ids.h"
#include "playback/playback.h"
#include "storage/blobs/volume.h"
#include "storage/sql/database.h"

namespace longtake::desk {

struct Screenshot {
  ScreenshotId id;
  OrganizationId organization;
  ChannelId channel;
  std::string channel_name;
  WallTime at;  ///< the picture's own first instant
  UserId author;
  std::string author_name;  ///< empty when the person was erased
  NoteId note;              ///< it is kept with; zero: none
  WallTime created;
  std::uint64_t bytes = 0;
  std::string path;  ///< in the folder of blobs
};

struct ScreenshotQuery {
  ChannelId channel;
  UserId author;
  NoteId note;
  std::optional<WallTime> from, to;  ///< of the picture
  ScreenshotId before;               ///< zero: from the newest on
  std::size_t limit = 50;
};

class Screenshots {
 public:
  Screenshots(storage::sql::Database& database, storage::blobs::Volume& volume,
              const playback::Playback& playback, const Clock& clock, Log& log)
      : database_(database), volume_(volume), playback_(playback), clock_(clock), log_(log) {}

  const storage::blobs::Volume& volume() const { return volume_; }

  struct Moment {
    ChannelId channel;  ///< of the organization: whoever asks has looked
    WallTime at;
    UserId author;
    NoteId note;  ///< zero: none
  };
  /// The file, then the row. not_found names the gap when nothing is recorded there, or says that the note is
  /// none of the organization's (named "no-such-note").
  Result<Screenshot> keep(OrganizationId organization, const Moment& moment);
  Result<Screenshot> get(OrganizationId organization, ScreenshotId id) const;
  /// Newest first.
  Result<std::vector<Screenshot>> list(OrganizationId organization, const ScreenshotQuery& query) const;
  /// With another note, or (zero) with none. not_found: the picture or the note is none of the
  /// organization's.
  Result<Screenshot> attach(OrganizationId organization, ScreenshotId id, NoteId note);
  /// Site-wide, for those who ask what is known of them: by id, after `after`.
  Result<std::vector<Screenshot>> taken_by(UserId author, ScreenshotId after, std::size_t limit) const;
  /// The row, then the file: one that stays behind is logged and left to `sweep`.
  Status remove(OrganizationId organization, ScreenshotId id);

  /// Files whose row was removed when the server ended; one that cannot be removed is logged. Gives how many
  /// went.
  Result<std::int64_t> sweep();

 private:
  Status remove_file(ScreenshotId id, const std::string& path);

  storage::sql::Database& database_;
  storage::blobs::Volume& volume_;
  const playback::Playback& playback_;
  const Clock& clock_;
  Log& log_;
};

}  // namespace longtake::desk
