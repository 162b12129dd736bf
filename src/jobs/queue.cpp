#include "jobs/queue.h"

#include <array>
#include <utility>

#include "base/own_failure.h"

namespace longtake::jobs {
namespace {

using storage::sql::Session;

constexpr std::array<std::pair<State, std::string_view>, 5> state_names = {{{State::queued, "queued"},
                                                                            {State::running, "running"},
                                                                            {State::done, "done"},
                                                                            {State::failed, "failed"},
                                                                            {State::cancelled, "cancelled"}}};

constexpr std::string_view insert_job =
    "insert into jobs (organization_id, kind, thing, payload, state, run_after_us, created_us) "
    "values (?, ?, ?, ?, 'queued', ?, ?) returning id";
constexpr std::string_view select_job =
    "select id, organization_id, kind, thing, payload, state, attempts, run_after_us, progress, error, "
    "error_kind, created_us, ended_us from jobs where id = ?";
constexpr std::string_view count_open_jobs =
    "select count(*) from jobs where organization_id = ? and kind = ? and state in ('queued', 'running')";
constexpr std::string_view cancel_job =
    "update jobs set state = 'cancelled', lease_owner = null, lease_until_us = null, ended_us = ? "
    "where id = ? and organization_id = ? and state in ('queued', 'running')";
constexpr std::string_view select_due =
    "select id, state, attempts from jobs where state in ('queued', 'running') and "
    "((state = 'queued' and run_after_us <= ?) or (state = 'running' and lease_until_us <= ?)) "
    "order by run_after_us, id limit 1";
constexpr std::string_view select_next_due =
    "select min(case state when 'queued' then run_after_us else lease_until_us end) from jobs "
    "where state in ('queued', 'running')";
constexpr std::string_view lease_job =
    "update jobs set state = 'running', attempts = attempts + 1, lease_owner = ?, lease_until_us = ?, "
    "progress = 0, error = '', error_kind = '' where id = ?";
constexpr std::string_view give_up_job =
    "update jobs set state = 'failed', lease_owner = null, lease_until_us = null, ended_us = ?, error = ?, "
    "error_kind = 'job-abandoned' where id = ?";
// Every one of these is fenced: the lease must be the newest one.
#define LEASED "where id = ? and lease_owner = ? and attempts = ? and state = 'running'"
constexpr std::string_view renew_lease = "update jobs set lease_until_us = ?, progress = ? " LEASED;
constexpr std::string_view select_leased = "select id from jobs " LEASED;
constexpr std::string_view finish_job =
    "update jobs set state = 'done', lease_owner = null, lease_until_us = null, progress = 1000, "
    "ended_us = ? " LEASED;
constexpr std::string_view fail_job =
    "update jobs set state = ?, lease_owner = null, lease_until_us = null, run_after_us = ?, ended_us = ?, "
    "error = ?, error_kind = ? " LEASED;
constexpr std::string_view put_job_back =
    "update jobs set state = 'queued', attempts = attempts - 1, lease_owner = null, lease_until_us = null, "
    "run_after_us = ? " LEASED;
constexpr std::string_view take_over_jobs =
    "update jobs set lease_until_us = ? where state = 'running' and lease_owner <> ?";

constexpr auto make_job = [](JobId id, OrganizationId organization, std::string kind, std::string thing,
                             std::string payload, std::string state, unsigned tried, WallTime run_after,
                             unsigned progress, std::string error, std::string error_kind, WallTime created,
                             std::optional<WallTime> ended) {
  return Job{.id = id,
             .organization = organization,
             .kind = std::move(kind),
             .thing = std::move(thing),
             .payload = std::move(payload),
             .state = parse_state(state),
             .tried = tried,
             .run_after = run_after,
             .progress = progress,
             .error = std::move(error),
             .error_kind = std::move(error_kind),
             .created = created,
             .ended = ended};
};

Result<Job> get_job(Session& session, JobId id) {
  LT_TRY(auto found, session.find(select_job, make_job, id));
  if (!found) return make_error(Code::not_found, "there is no job {}", id);
  return *std::move(found);
}

Status fenced(const Lease& lease, std::int64_t changed) {
  if (changed == 1) return {};
  return make_error(Code::conflict, "job {} was cancelled or is done by somebody else", lease.job)
      .named("lease-lost");
}

struct Said {
  std::string text, kind;
};
/// Whoever may see the job reads it.
Said said_of(const Error& error) {
  if (!is_for_the_log(error)) return {error.text(), error.kind()};
  return {std::string{own_failure_text(error.code())},
          error.code() == Code::full ? "server-full" : "server-failed"};
}

}  // namespace

std::string_view to_string(State state) {
  for (const auto& [value, name] : state_names)
    if (value == state) return name;
  return "failed";
}

State parse_state(std::string_view text) {
  for (const auto& [value, name] : state_names)
    if (name == text) return value;
  return State::failed;
}

bool is_over(State state) {
  return state != State::queued && state != State::running;
}

Result<JobId> Queue::enqueue(Session& session, const NewJob& job) const {
  const auto now = clock_.now();
  LT_TRY(const auto id, session.insert(insert_job, job.organization, job.kind, job.thing, job.payload,
                                       job.run_after.value_or(now), now));
  return JobId{id};
}

Result<std::int64_t> Queue::count_open(Session& session, OrganizationId organization,
                                       std::string_view kind) const {
  LT_TRY(const auto count, session.find(
                               count_open_jobs, [](std::int64_t n) { return n; }, organization, kind));
  return count.value_or(0);
}

Result<bool> Queue::cancel(Session& session, OrganizationId organization, JobId id) const {
  LT_TRY(const auto changed, session.execute(cancel_job, clock_.now(), id, organization));
  return changed == 1;
}

void Queue::wake() const {
  std::lock_guard lock{mutex_};
  if (listener_) listener_();
}

void Queue::on_wake(std::function<void()> listener) {
  std::lock_guard lock{mutex_};
  listener_ = std::move(listener);
}

Result<Job> Queue::get(OrganizationId organization, JobId id) const {
  LT_TRY(auto job, database_.read([&](Session& session) { return get_job(session, id); }));
  if (job.organization != organization) return make_error(Code::not_found, "there is no job {}", id);
  return job;
}

Result<std::optional<Queue::Claimed>> Queue::claim(const std::string& owner) {
  const auto now = clock_.now();
  struct Due {
    JobId id;
    State state;
    unsigned tried;
  };
  const auto make_due = [](JobId id, std::string state, unsigned tried) {
    return Due{id, parse_state(state), tried};
  };
  return database_.write([&](Session& session) -> Result<std::optional<Claimed>> {
    for (;;) {
      LT_TRY(const auto due, session.find(select_due, make_due, now, now));
      if (!due) return std::optional<Claimed>{};
      if (due->state == State::running && due->tried >= options_.retry.tries) {
        LT_CHECK(session.execute(give_up_job, now,
                                 fmt::format("the server ended {} times while doing this", due->tried),
                                 due->id));
        continue;
      }
      LT_CHECK(session.execute(lease_job, owner, now + options_.lease, due->id));
      LT_TRY(auto job, get_job(session, due->id));
      const Lease lease{.job = job.id, .owner = owner, .tried = job.tried};
      return std::optional{Claimed{std::move(job), lease}};
    }
  });
}

Result<std::optional<WallTime>> Queue::next_due() const {
  LT_TRY(const auto due, database_.read([](Session& session) {
    return session.find(select_next_due, [](std::optional<WallTime> at) { return at; });
  }));
  return due.value_or(std::nullopt);
}

Status Queue::renew(const Lease& lease, unsigned progress) {
  const auto until = clock_.now() + options_.lease;
  return database_.write([&](Session& session) -> Status {
    LT_TRY(const auto changed,
           session.execute(renew_lease, until, progress, lease.job, lease.owner, lease.tried));
    return fenced(lease, changed);
  });
}

Status Queue::check(const Lease& lease) const {
  LT_TRY(const auto found, database_.read([&](Session& session) {
    return session.find(
        select_leased, [](JobId id) { return id; }, lease.job, lease.owner, lease.tried);
  }));
  return fenced(lease, found ? 1 : 0);
}

Status Queue::finish(const Lease& lease, const Effect& effect) {
  const auto now = clock_.now();
  return database_.write([&](Session& session) -> Status {
    LT_TRY(const auto changed, session.execute(finish_job, now, lease.job, lease.owner, lease.tried));
    LT_CHECK(fenced(lease, changed));
    if (effect) LT_CHECK(effect(session));
    return {};
  });
}

Result<Job> Queue::fail(const Lease& lease, const Error& error) {
  const auto said = said_of(error);
  const auto now = clock_.now();
  const auto verdict = judge(options_.retry, lease.tried, error.code(), now);
  const auto ended = is_over(verdict.state) ? std::optional{now} : std::nullopt;
  return database_.write([&](Session& session) -> Result<Job> {
    LT_TRY(const auto changed, session.execute(fail_job, to_string(verdict.state), verdict.run_after, ended,
                                               said.text, said.kind, lease.job, lease.owner, lease.tried));
    LT_CHECK(fenced(lease, changed));
    return get_job(session, lease.job);
  });
}

Status Queue::put_back(const Lease& lease, WallTime run_after) {
  return database_.write([&](Session& session) -> Status {
    LT_TRY(const auto changed, session.execute(put_job_back, run_after, lease.job, lease.owner, lease.tried));
    return fenced(lease, changed);
  });
}

Result<std::int64_t> Queue::take_over(const std::string& owner) {
  const auto now = clock_.now();
  return database_.write([&](Session& session) { return session.execute(take_over_jobs, now, owner); });
}

}  // namespace longtake::jobs
