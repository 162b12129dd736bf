#pragma once

#include "access/audit.h"
#include "access/invitations.h"
#include "access/links.h"
#include "access/memberships.h"
#include "access/openid.h"
#include "access/organizations.h"
#include "access/password_resets.h"
#include "access/people.h"
#include "access/privacy.h"
#include "access/proofs.h"
#include "access/sessions.h"
#include "access/shares.h"
#include "access/tokens.h"
#include "access/viewings.h"
#include "api/channel_pages.h"
#include "api/coverage_news.h"
#include "api/event_hub.h"
#include "api/idempotency.h"
#include "api/site.h"
#include "archive/archive.h"
#include "archive/channels.h"
#include "base/log.h"
#include "base/time.h"
#include "desk/clips.h"
#include "desk/coverage.h"
#include "desk/layouts.h"
#include "desk/note_search.h"
#include "desk/note_templates.h"
#include "desk/notes.h"
#include "desk/screenshots.h"
#include "http/router.h"
#include "ingest/supervisor.h"
#include "playback/playback.h"

namespace longtake::api {

/// The rooms that handlers ask. `app` makes them and keeps them until the server has stopped.
struct Context {
  access::People& people;
  access::Organizations& organizations;
  access::Memberships& memberships;
  access::Invitations& invitations;
  access::Sessions& sessions;
  access::Proofs& proofs;
  access::SecondFactors& second_factors;
  access::PasswordResets& password_resets;
  access::OpenId& openid;
  access::Tokens& tokens;
  access::Audit& audit;
  access::Viewings& viewings;
  access::Links& links;
  access::Shares& shares;
  access::Privacy& privacy;
  desk::Layouts& layouts;
  archive::Channels& channels;
  archive::Archive& archive;
  ingest::Supervisor& supervisor;
  playback::Playback& playback;
  desk::NoteTemplates& note_templates;
  desk::Notes& notes;
  desk::NoteSearch& note_search;
  desk::Clips& clips;
  desk::Screenshots& screenshots;
  desk::Coverage& coverage;
  CoverageNews& coverage_news;
  EventHub& events;
  Idempotency& idempotency;
  ChannelPages& pages;
  const Site& site;
  const Clock& clock;
  Log& log;
};

/// Adds every route of api/openapi.yaml. `context` outlives the router.
void add_routes(http::Router& router, Context& context);

void add_session_routes(http::Router& router, Context& context);
void add_openid_routes(http::Router& router, Context& context);
void add_password_routes(http::Router& router, Context& context);
void add_second_factor_routes(http::Router& router, Context& context);
void add_audit_routes(http::Router& router, Context& context);
void add_organization_routes(http::Router& router, Context& context);
void add_member_routes(http::Router& router, Context& context);
void add_user_routes(http::Router& router, Context& context);
void add_invitation_routes(http::Router& router, Context& context);
void add_session_list_routes(http::Router& router, Context& context);
void add_token_routes(http::Router& router, Context& context);
void add_link_routes(http::Router& router, Context& context);
void add_share_routes(http::Router& router, Context& context);
void add_shared_routes(http::Router& router, Context& context);
void add_privacy_routes(http::Router& router, Context& context);
void add_layout_routes(http::Router& router, Context& context);
void add_channel_routes(http::Router& router, Context& context);
void add_source_routes(http::Router& router, Context& context);
void add_timeline_routes(http::Router& router, Context& context);
void add_coverage_routes(http::Router& router, Context& context);
void add_event_routes(http::Router& router, Context& context);
void add_storage_routes(http::Router& router, Context& context);
void add_note_template_routes(http::Router& router, Context& context);
void add_note_routes(http::Router& router, Context& context);
void add_home_routes(http::Router& router, Context& context);
void add_media_routes(http::Router& router, Context& context);
void add_clip_routes(http::Router& router, Context& context);
void add_clip_file_routes(http::Router& router, Context& context);
void add_screenshot_routes(http::Router& router, Context& context);

}  // namespace longtake::api
