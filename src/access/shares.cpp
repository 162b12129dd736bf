#include "access/shares.h"

#include "access/secrets.h"
#include "storage/sql/database.h"

namespace longtake::access {
namespace {

using storage::sql::Session;

constexpr std::string_view insert_share =
    "insert into shares (organization_id, channel_id, title, from_us, to_us, token_hash, pin_hash, "
    "created_by, "
    "created_us, expires_us, clip_id) select c.organization_id, c.id, ?, ?, ?, ?, ?, ?, ?, ?, ? from "
    "channels c "
    "where c.id = ? and c.organization_id = ? and (c.removed_us is null or ? <> 0) returning id";
constexpr std::string_view share_columns =
    "select s.id, s.organization_id, s.channel_id, coalesce(s.clip_id, 0), s.title, s.from_us, s.to_us, "
    "s.created_us, s.expires_us, "
    "s.revoked_us, s.views, s.pin_hash <> '', s.created_by, "
    "case when u.erased_us is null then u.name else '' end, o.name, c.name "
    "from shares s join users u on u.id = s.created_by join organizations o on o.id = s.organization_id "
    "join channels c on c.id = s.channel_id where";
constexpr std::string_view select_pin = "select pin_hash from shares where id = ?";
constexpr std::string_view update_revoked =
    "update shares set revoked_us = coalesce(revoked_us, ?) where id = ? and organization_id = ?";
constexpr std::string_view revoke_of_clip =
    "update shares set revoked_us = coalesce(revoked_us, ?) where clip_id = ? and organization_id = ?";
constexpr std::string_view update_views = "update shares set views = views + 1 where id = ?";

constexpr auto make_share = [](ShareId id, OrganizationId organization, ChannelId channel, ClipId clip,
                               std::string title, WallTime from, WallTime to, WallTime created,
                               WallTime expires, std::optional<WallTime> revoked, std::int64_t views,
                               std::int64_t has_pin, UserId maker, std::string maker_name,
                               std::string organization_name, std::string channel_name) {
  return Share{.id = id,
               .organization = organization,
               .channel = channel,
               .clip = clip,
               .title = std::move(title),
               .range = {from, to},
               .created = created,
               .expires = expires,
               .revoked = revoked,
               .views = views,
               .has_pin = has_pin != 0,
               .maker = maker,
               .maker_name = std::move(maker_name),
               .organization_name = std::move(organization_name),
               .channel_name = std::move(channel_name)};
};

Result<std::optional<Share>> find_share(Session& session, OrganizationId organization, ShareId id) {
  static const auto sql = fmt::format("{} s.organization_id = ? and s.id = ?", share_columns);
  return session.find(sql, make_share, organization, id);
}

Error no_share() {
  return make_error(Code::not_found, "there is no such share");
}

Tries::Key key_of(const Share& share, const std::string& address) {
  return {.account = fmt::format("share {}", share.id), .address = address};
}

}  // namespace

std::string_view to_string(Share::State state) {
  switch (state) {
    case Share::State::open:
      return "open";
    case Share::State::expired:
      return "expired";
    case Share::State::revoked:
      return "revoked";
  }
  return "expired";
}

Share::State Share::state(WallTime now) const {
  if (revoked) return State::revoked;
  return expires <= now ? State::expired : State::open;
}

Result<Shares::Made> Shares::create(OrganizationId organization, const NewShare& share) {
  std::string pin_hash;
  if (!share.pin.empty()) {
    LT_TRY(pin_hash, hash_password(share.pin));
  }
  auto token = make_token();
  const auto now = clock_.now();
  LT_TRY(auto made, database_.write([&](Session& session) -> Result<Share> {
    LT_TRY(const auto id, session.find(
                              insert_share, [](ShareId i) { return i; }, share.title, share.range.from,
                              share.range.to, hash_token(token), pin_hash, share.maker, now,
                              now + share.lives, share.clip ? std::optional{share.clip} : std::nullopt,
                              share.channel, organization, share.clip));
    if (!id) return make_error(Code::not_found, "there is no such channel");
    LT_TRY(auto row, find_share(session, organization, *id));
    if (!row) return make_error(Code::internal, "share {} is gone at once", *id);
    return *std::move(row);
  }));
  return Made{std::move(made), std::move(token)};
}

Result<std::vector<Share>> Shares::list(OrganizationId organization, const Page& page) const {
  static const auto sql = fmt::format(
      "{} s.organization_id = ? and (? = 0 or s.created_by = ?) and s.id < ? order by s.id desc limit ?",
      share_columns);
  const ShareId before = page.before ? page.before : ShareId{INT64_MAX};
  return database_.read([&](Session& session) {
    return session.query(sql, make_share, organization, page.maker, page.maker, before, page.limit);
  });
}

Result<Share> Shares::get(OrganizationId organization, ShareId id) const {
  LT_TRY(auto found, database_.read([&](Session& session) { return find_share(session, organization, id); }));
  if (!found) return no_share();
  return *std::move(found);
}

Status Shares::revoke(OrganizationId organization, ShareId id) {
  const auto now = clock_.now();
  return database_.write([&](Session& session) -> Status {
    LT_TRY(const auto changed, session.execute(update_revoked, now, id, organization));
    if (changed == 0) return no_share();
    return {};
  });
}

Status Shares::revoke_all(Session& session, OrganizationId organization, ClipId clip, WallTime now) {
  LT_CHECK(session.execute(revoke_of_clip, now, clip, organization));
  return {};
}

Result<std::optional<Share>> Shares::find(std::string_view token) const {
  static const auto sql = fmt::format(
      "{} s.token_hash = ? and (c.removed_us is null or s.clip_id is not null) and o.removed_us is null",
      share_columns);
  return database_.read([&](Session& session) { return session.find(sql, make_share, hash_token(token)); });
}

Status Shares::check_pin(const Share& share, const std::string& pin, const std::string& address) {
  const auto key = key_of(share, address);
  if (const auto pause = tries_.begin(key)) return too_many_tries(*pause);
  auto hash = database_.read([&](Session& session) {
    return session.find(
        select_pin, [](std::string text) { return text; }, share.id);
  });
  if (!hash) {
    tries_.take_back(key);
    return std::move(hash).error();
  }
  if (!*hash || !verify_password(pin, **hash))
    return make_error(Code::forbidden, "this PIN is wrong").named("bad-credentials");
  // What others have failed on this share still counts: whoever has the PIN does not open the way to guess
  // on.
  tries_.take_back(key);
  return {};
}

std::optional<std::chrono::seconds> Shares::wait(const Share& share, const std::string& address) {
  return tries_.wait(key_of(share, address));
}

Status Shares::count_view(ShareId id) {
  return database_.write([&](Session& session) -> Status {
    LT_CHECK(session.execute(update_views, id));
    return {};
  });
}

}  // namespace longtake::access
