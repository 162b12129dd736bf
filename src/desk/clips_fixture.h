#pragma once
// For tests: clips of an organization with two channels, and a volume for their files.

#include <gtest/gtest.h>

#include "desk/blobs.h"
#include "desk/clips.h"
#include "jobs/jobs_fixture.h"
#include "storage/blobs/faulty_volume.h"

namespace longtake::desk {

class ClipsTest : public jobs::JobsTest {
 protected:
  ClipsTest() {
    const auto made = database_->write([&](storage::sql::Session& s) -> Status {
      LT_TRY(author_.value,
             s.insert(
                 "insert into users (email, name, password_hash, created_us) values ('a@b.c', 'Ann', '', 0) "
                 "returning id"));
      LT_TRY(other_.value, s.insert("insert into organizations (slug, name, kind, time_zone, created_us) "
                                    "values ('other', 'Other', 'desk', 'UTC', 0) returning id"));
      for (auto* channel : {&one_, &two_}) {
        LT_TRY(channel->value,
               s.insert("insert into channels (organization_id, name, source_sealed, audio, rtsp_transport, "
                        "segment_seconds, created_us) values (?, ?, '', 'keep', 'tcp', 60, 0) returning id",
                        organization_, channel == &one_ ? "One" : "Two"));
      }
      return {};
    });
    EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().story());
  }

  NewClips wanted() const {
    return {.channels = {one_},
            .range = {clock_.now() - std::chrono::seconds{40}, clock_.now() - std::chrono::seconds{10}},
            .title = "A goal",
            .tags = {"sport", "goal"},
            .author = author_};
  }
  Clip make(const NewClips& clip) { return clips_.create(organization_, clip).value().front(); }
  Clip make() { return make(wanted()); }
  void write(const std::string& path, std::size_t bytes) {
    media::SliceList body;
    body.append(media::Bytes(bytes));
    const auto copied = copy_blob(*volume_, path, body, {});
    ASSERT_TRUE(copied.ok()) << copied.error().story();
  }
  /// Does what the cutter does, with a file of its own.
  void cut(const Clip& clip) {
    const auto claimed = queue_.claim("test").value().value();
    const auto path = fmt::format("clips/{}.mp4", clip.id);
    write(path, 10);
    const auto done = queue_.finish(claimed.lease, [&](storage::sql::Session& s) {
      return clips_.keep(s, clip.id, {.path = path, .bytes = 10, .shown = clip.range});
    });
    ASSERT_TRUE(done.ok()) << done.error().story();
  }
  Clip::State state(const Clip& clip) { return clips_.get(organization_, clip.id)->state; }
  std::vector<ClipId> ids(const ClipQuery& query, OrganizationId organization) {
    std::vector<ClipId> out;
    const auto clips = clips_.list(organization, query).value();
    out.reserve(clips.size());
    for (const auto& clip : clips)
      out.push_back(clip.id);
    return out;
  }
  std::vector<ClipId> ids(const ClipQuery& query) { return ids(query, organization_); }

  UserId author_;
  OrganizationId other_;
  ChannelId one_, two_;
  jobs::Queue queue_{{.retry = {.tries = 2, .first = std::chrono::seconds{1}}}, *database_, clock_};
  std::string stuck_;  // a file that cannot be removed
  std::unique_ptr<storage::blobs::Volume> volume_ = std::make_unique<storage::blobs::FaultyVolume>(
      std::move(
          *storage::blobs::open_local_volume({.folder = (folder_ / "blobs").string(), .direct_io = false})),
      [this](const storage::blobs::Change& change) {
        return change.verb == "remove" && change.path == stuck_ ? storage::blobs::Verdict::fail
                                                                : storage::blobs::Verdict::pass;
      });
  std::unique_ptr<Log> log_ = make_null_log();
  Clips clips_{
      {.longest = std::chrono::minutes{2}, .waiting = 3}, *database_, queue_, *volume_, clock_, *log_};
};

}  // namespace longtake::desk
