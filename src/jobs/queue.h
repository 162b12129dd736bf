#pragma once
// Jobs as rows. Whoever claims one has it until its lease ends, renews it meanwhile, and finishes it in the
// transaction of its effect. Any thread that may block.

#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "jobs/job.h"
#include "jobs/retry.h"
#include "storage/sql/database.h"

namespace longtake::jobs {

class Queue {
 public:
  struct Options {
    Retry retry;
    std::chrono::seconds lease{30};  ///< without a renewal it is anybody's again
    bool operator==(const Options&) const = default;
  };
  Queue(Options options, storage::sql::Database& database, const Clock& clock)
      : options_(options), database_(database), clock_(clock) {}

  const Options& options() const { return options_; }

  // --- Asking for work. Inside the caller's transaction, so that a job is there with what it is for; `wake`
  // after the commit.
  Result<JobId> enqueue(storage::sql::Session& session, const NewJob& job) const;
  /// Open jobs (queued or running) of a kind in an organization.
  Result<std::int64_t> count_open(storage::sql::Session& session, OrganizationId organization,
                                  std::string_view kind) const;
  /// Ends an open job: nobody finishes it any more. False when it was over.
  Result<bool> cancel(storage::sql::Session& session, OrganizationId organization, JobId id) const;
  /// Tells the runner to look now.
  void wake() const;
  void on_wake(std::function<void()> listener);

  Result<Job> get(OrganizationId organization, JobId id) const;

  // --- Doing it (the runner).
  struct Claimed {
    Job job;
    Lease lease;
  };
  /// The job that is due longest, if any; also one whose lease has ended. A job that took its server down
  /// with it as often as it may be tried fails here.
  Result<std::optional<Claimed>> claim(const std::string& owner);
  /// When the next one will be due.
  Result<std::optional<WallTime>> next_due() const;
  /// The rest: conflict (named "lease-lost") when the lease is not the newest or the job was cancelled.
  Status renew(const Lease& lease, unsigned progress);
  Status check(const Lease& lease) const;
  using Effect = std::function<Status(storage::sql::Session&)>;
  /// The effect and `done`, or neither.
  Status finish(const Lease& lease, const Effect& effect);
  /// Queues it again after a pause, or fails it. Gives it as it is then. Of a failure of our own the row says
  /// no more than "server-full" or "server-failed": log it.
  Result<Job> fail(const Lease& lease, const Error& error);
  /// Queued again, as if this try had not begun.
  Status put_back(const Lease& lease, WallTime run_after);

  /// Jobs that another process has leased are due at once. Only when it is known to be dead: by the one
  /// server at its start. Gives how many.
  Result<std::int64_t> take_over(const std::string& owner);

 private:
  const Options options_;
  storage::sql::Database& database_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::function<void()> listener_;
};

}  // namespace longtake::jobs
