#include "api/clip_json.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace longtake::api {
namespace {

namespace json = boost::json;

json::array missing_json(const std::vector<desk::Missing>& missing) {
  json::array out;
  for (const auto& gap : missing)
    out.push_back({{"from", format_rfc3339(gap.range.from)},
                   {"to", format_rfc3339(gap.range.to)},
                   {"cause", gap.cause.empty() ? json::value(nullptr) : json::value(gap.cause)}});
  return out;
}

void add_result(json::object& out, const desk::Clip& clip) {
  out["bytes"] = clip.bytes;
  out["shownFrom"] = format_rfc3339(clip.shown.from);
  out["shownTo"] = format_rfc3339(clip.shown.to);
  out["missing"] = missing_json(clip.missing);
  out["file"] = "/api/v1/" + clip_view(clip.id, "file.mp4");
  if (!clip.poster.empty()) out["poster"] = "/api/v1/" + clip_view(clip.id, "poster.jpg");
  out["storedAt"] = clip.path;
}

}  // namespace

std::string clip_view(ClipId clip, std::string_view file) {
  return fmt::format("clips/{}/{}", clip, file);
}

json::object clip_json(const desk::Clip& clip) {
  using State = desk::Clip::State;
  json::object out{{"id", to_string(clip.id)},
                   {"channelId", to_string(clip.channel)},
                   {"channel", clip.channel_name},
                   {"from", format_rfc3339(clip.range.from)},
                   {"to", format_rfc3339(clip.range.to)},
                   {"title", clip.title},
                   {"tags", json::array(clip.tags.begin(), clip.tags.end())},
                   {"edges", desk::to_string(clip.edges)},
                   {"authorId", to_string(clip.author)},
                   {"author", clip.author_name},
                   {"createdAt", format_rfc3339(clip.created)},
                   {"version", clip.version},
                   {"state", desk::to_string(clip.state)}};
  if (clip.note) out["noteId"] = to_string(clip.note);
  if (clip.state == State::queued && clip.error.empty() && clip.not_before != WallTime{})
    out["notBefore"] = format_rfc3339(clip.not_before);
  if (clip.state == State::cutting) out["progress"] = clip.progress / 10;
  if (clip.state == State::failed || (clip.state == State::queued && !clip.error.empty()))
    out["failure"] = json::object{{"kind", clip.error_kind}, {"detail", clip.error}};
  if (clip.is_ready()) add_result(out, clip);
  return out;
}

namespace {

void publish(Context& context, const desk::Clip& clip) {
  context.events.publish(clip.organization, "clip", fmt::format("clip/{}", clip.id),
                         json::serialize(clip_json(clip)));
}

}  // namespace

void publish_clip(Context& context, OrganizationId organization, ClipId clip) {
  context.clips.tell(organization, clip, [&](const desk::Clip& found) { publish(context, found); });
}

void publish_clip_job(Context& context, const jobs::Job& job) {
  constexpr std::string_view folder = "clip/";
  if (job.kind != desk::Clips::job_kind || !job.thing.starts_with(folder)) return;
  const auto id = parse_id<ClipId>(std::string_view{job.thing}.substr(folder.size()));
  if (!id) return;
  const bool runs = job.state == jobs::State::running;
  if (runs && job.progress == 0) return;  // it may have to wait still
  context.clips.tell(job.organization, *id, [&](desk::Clip clip) {
    // Rows are told of progress less often than pages.
    using State = desk::Clip::State;
    if (runs && (clip.state == State::queued || clip.state == State::cutting)) {
      clip.state = State::cutting;
      clip.progress = job.progress;
    }
    publish(context, clip);
  });
}

}  // namespace longtake::api
