#include "access/audit.h"

#include <array>
#include <utility>

#include "access/secrets.h"
#include "storage/sql/database.h"
#include "storage/sql/dialect.h"

namespace longtake::access {
namespace {

using storage::sql::Session;

constexpr std::array<std::pair<ActorKind, std::string_view>, 6> kind_names = {
    {{ActorKind::user, "user"},
     {ActorKind::token, "token"},
     {ActorKind::share, "share"},
     {ActorKind::link, "link"},
     {ActorKind::command, "command"},
     {ActorKind::nobody, "nobody"}}};

constexpr std::string_view insert_entry =
    "insert into audit (id, organization_id, at_us, actor_id, actor_kind, action, thing, thing_id, remote, "
    "before, after, hash) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view select_hash = "select hash from audit where id = ?";
constexpr std::string_view select_same =
    "select id from audit where thing = ? and thing_id = ? and at_us >= ? and action = ? and actor_kind = ? "
    "and coalesce(actor_id, 0) = ? and (remote = ? or actor_kind in ('user', 'token')) "
    "order by id desc limit 1";
constexpr std::string_view entry_columns =
    "select a.id, coalesce(a.organization_id, 0), a.at_us, coalesce(a.actor_id, 0), a.actor_kind, a.action, "
    "a.thing, a.thing_id, a.remote, a.before, a.after, a.hash, "
    "coalesce(case when u.erased_us is null then u.email end, '') "
    "from audit a left join users u on u.id = a.actor_id where";

constexpr std::size_t verify_page = 2'000;

/// Where the things are that operations make.
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> tables = {
    {{"organization", "organizations"},
     {"invitation", "invitations"},
     {"token", "api_tokens"},
     {"share", "shares"},
     {"layout", "layouts"},
     {"screenshot", "screenshots"},
     {"channel", "channels"},
     {"note", "notes"},
     {"note_template", "note_templates"}}};

template <class Tag>
std::optional<Id<Tag>> unless_zero(Id<Tag> id) {
  return id ? std::optional{id} : std::nullopt;
}

/// A field as the hash takes it: its length in bytes, ':', the bytes, ','. No two entries give the same text.
void add_field(std::string& out, std::string_view field) {
  fmt::format_to(std::back_inserter(out), "{}:{},", field.size(), field);
}

template <class Tag>
std::string number(Id<Tag> id) {
  return id ? to_string(id) : std::string{};
}

std::string hash_entry(std::string_view previous, AuditId id, WallTime at, const Deed& deed) {
  std::string text;
  add_field(text, previous);
  add_field(text, to_string(id));
  add_field(text, number(deed.organization));
  add_field(text, std::to_string(to_us(at)));
  add_field(text, number(deed.actor));
  add_field(text, to_string(deed.kind));
  for (const auto* field :
       {&deed.action, &deed.thing, &deed.thing_id, &deed.remote, &deed.before, &deed.after})
    add_field(text, *field);
  return hash_token(text);
}

constexpr auto make_entry = [](AuditId id, OrganizationId organization, WallTime at, UserId actor,
                               std::string kind, std::string action, std::string thing, std::string thing_id,
                               std::string remote, std::string before, std::string after, std::string hash,
                               std::string name) {
  return AuditEntry{.id = id,
                    .at = at,
                    .deed = {.organization = organization,
                             .actor = actor,
                             .kind = find_actor_kind(kind).value_or(ActorKind::nobody),
                             .action = std::move(action),
                             .thing = std::move(thing),
                             .thing_id = std::move(thing_id),
                             .remote = std::move(remote),
                             .before = std::move(before),
                             .after = std::move(after)},
                    .hash = std::move(hash),
                    .actor_name = std::move(name)};
};

/// The wanted entries. Conditions that are not wanted still take their argument, so that the text alone
/// varies; a wanted one can use its index.
Result<std::vector<AuditEntry>> select_entries(const storage::sql::Database& database,
                                               const AuditFilter& filter, std::string_view order,
                                               std::pair<AuditId, std::size_t> page) {
  const auto when = [](bool wanted, std::string_view condition) {
    return wanted ? condition : std::string_view{"? is not null"};
  };
  const bool beginning = filter.action.ends_with('.');
  const auto sql = fmt::format(
      "{} {} and {} and {} and {} and {} and {} and {} and {}", entry_columns,
      when(static_cast<bool>(filter.organization), "a.organization_id = ?"),
      when(static_cast<bool>(filter.actor), "a.actor_id = ?"),
      when(!filter.action.empty(),
           beginning ? "substr(a.action, 1, length(?)) = ?" : "? = '' and a.action = ?"),
      when(!filter.thing.empty(), "a.thing = ?"), when(!filter.thing_id.empty(), "a.thing_id = ?"),
      when(filter.from.has_value(), "a.at_us >= ?"), when(filter.to.has_value(), "a.at_us < ?"), order);
  // The first of the two arguments of an action is the beginning's length; a whole action does without.
  const std::string measured = beginning ? filter.action : std::string{};
  const auto from = filter.from.value_or(WallTime{}), to = filter.to.value_or(WallTime{});
  return database.read([&](Session& session) {
    if (filter.action.empty())
      return session.query(sql, make_entry, filter.organization, filter.actor, filter.action, filter.thing,
                           filter.thing_id, from, to, page.first, page.second);
    return session.query(sql, make_entry, filter.organization, filter.actor, measured, filter.action,
                         filter.thing, filter.thing_id, from, to, page.first, page.second);
  });
}

}  // namespace

std::string_view to_string(ActorKind kind) {
  for (const auto& [value, name] : kind_names)
    if (value == kind) return name;
  return "nobody";
}

std::optional<ActorKind> find_actor_kind(std::string_view text) {
  for (const auto& [value, name] : kind_names)
    if (name == text) return value;
  return {};
}

Status Audit::append(Session& session, WallTime at, const Deed& deed) {
  // Numbers go on from the highest ever given: entries that were taken off the end leave a hole.
  LT_TRY(const auto last, storage::sql::last_given_id(session, "audit"));
  LT_TRY(const auto previous, session.find(
                                  select_hash, [](std::string hash) { return hash; }, AuditId{last}));
  const AuditId id{last + 1};
  LT_CHECK(session.execute(insert_entry, id, unless_zero(deed.organization), at, unless_zero(deed.actor),
                           to_string(deed.kind), deed.action, deed.thing, deed.thing_id, deed.remote,
                           deed.before, deed.after, hash_entry(previous.value_or(""), id, at, deed)));
  return {};
}

Status Audit::record(const Deed& deed) {
  const auto at = clock_.now();
  return database_.write_apart([&](Session& session) { return append(session, at, deed); });
}

Result<std::string> Audit::newest_id(std::string_view thing) const {
  for (const auto& [name, table] : tables)
    if (name == thing) {
      LT_TRY(const auto id, database_.read([table = table](Session& session) {
        return storage::sql::last_given_id(session, table);
      }));
      return std::to_string(id);
    }
  return make_error(Code::internal, "the audit knows no table of {}", thing);
}

PendingDeed::PendingDeed(Audit& audit, Describe describe)
    : rider_(std::make_unique<storage::sql::Rider>(
          audit.database_, [&audit, describe = std::move(describe)](Session& session) -> Status {
            LT_TRY(const auto deeds, describe());
            for (const auto& deed : deeds)
              LT_CHECK(Audit::append(session, audit.clock_.now(), deed), "recording {}", deed.action);
            return {};
          })) {}

PendingDeed::PendingDeed(Audit& audit, Deed deed)
    : PendingDeed(audit,
                  [deed = std::move(deed)]() -> Result<std::vector<Deed>> { return std::vector{deed}; }) {}

PendingDeed::~PendingDeed() = default;

Result<std::vector<AuditEntry>> Audit::list(const AuditFilter& filter, AuditId before,
                                            std::size_t limit) const {
  const AuditId bound = before ? before : AuditId{INT64_MAX};
  return select_entries(database_, filter, "a.id < ? order by a.id desc limit ?", {bound, limit});
}

Result<std::vector<AuditEntry>> Audit::list_forward(const AuditFilter& filter, AuditId after,
                                                    std::size_t limit) const {
  return select_entries(database_, filter, "a.id > ? order by a.id limit ?", {after, limit});
}

Result<bool> Audit::has(const Deed& deed, WallTime since) const {
  LT_TRY(const auto found, database_.read([&](Session& session) {
    return session.find(
        select_same, [](AuditId id) { return id; }, deed.thing, deed.thing_id, since, deed.action,
        to_string(deed.kind), deed.actor, deed.remote);
  }));
  return found.has_value();
}

Result<AuditVerification> Audit::verify(const std::optional<AuditHead>& noted, std::stop_token stop) const {
  AuditVerification out;
  // Entries that come meanwhile are not missing ones: what is expected is read before them.
  LT_TRY(const auto expected,
         database_.read([](Session& session) { return storage::sql::last_given_id(session, "audit"); }));
  const auto broken = [&](AuditId id) {
    if (!out.broken_at) out.broken_at = id;
  };
  for (bool more = true; more;) {
    if (stop.stop_requested())
      return make_error(Code::unavailable, "the check of the audit was stopped before its end");
    LT_TRY(const auto page, list_forward({}, out.head.id, verify_page));
    more = page.size() == verify_page;
    for (const auto& entry : page) {
      ++out.entries;
      if (entry.id.value != out.head.id.value + 1) broken(AuditId{out.head.id.value + 1});
      if (entry.hash != hash_entry(out.head.hash, entry.id, entry.at, entry.deed)) broken(entry.id);
      if (noted && entry.id == noted->id && entry.hash != noted->hash) broken(entry.id);
      out.head = {entry.id, entry.hash};
    }
  }
  if (out.head.id.value < expected || (noted && out.head.id < noted->id))
    broken(AuditId{out.head.id.value + 1});
  return out;
}

}  // namespace longtake::access
