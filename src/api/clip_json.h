#pragma once
// Clips as the contract shows them, and told to open pages.

#include <boost/json/object.hpp>

#include "api/context.h"
#include "desk/clip.h"
#include "jobs/job.h"

namespace longtake::api {

boost::json::object clip_json(const desk::Clip& clip);

/// To every page that may see it.
void publish_clip(Context& context, OrganizationId organization, ClipId clip);
/// The clip of a job that has changed or come further; other jobs are none of ours.
void publish_clip_job(Context& context, const jobs::Job& job);

/// The views of a clip that links open: "clips/12/file.mp4".
std::string clip_view(ClipId clip, std::string_view file);

}  // namespace longtake::api
