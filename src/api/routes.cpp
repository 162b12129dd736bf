#include "api/context.h"

namespace longtake::api {

void add_routes(http::Router& router, Context& context) {
  add_session_routes(router, context);
  add_openid_routes(router, context);
  add_password_routes(router, context);
  add_second_factor_routes(router, context);
  add_audit_routes(router, context);
  add_organization_routes(router, context);
  add_member_routes(router, context);
  add_user_routes(router, context);
  add_invitation_routes(router, context);
  add_session_list_routes(router, context);
  add_token_routes(router, context);
  add_link_routes(router, context);
  add_share_routes(router, context);
  add_shared_routes(router, context);
  add_privacy_routes(router, context);
  add_layout_routes(router, context);
  add_channel_routes(router, context);
  add_source_routes(router, context);
  add_timeline_routes(router, context);
  add_coverage_routes(router, context);
  add_event_routes(router, context);
  add_storage_routes(router, context);
  add_note_template_routes(router, context);
  add_note_routes(router, context);
  add_home_routes(router, context);
  add_media_routes(router, context);
  add_clip_routes(router, context);
  add_clip_file_routes(router, context);
  add_screenshot_routes(router, context);
}

}  // namespace longtake::api
