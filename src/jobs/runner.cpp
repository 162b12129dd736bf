#include "jobs/runner.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <random>
#include <utility>
#include <vector>

#include "io/lane.h"

namespace longtake::jobs {
namespace {

using std::chrono::steady_clock;

/// Progress is written this seldom: every write is a sync of the database.
constexpr std::chrono::seconds between_writes{1};

/// Tells this runner from one that died before it.
std::string make_owner() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

bool is_lost(const Status& status) {
  return !status.ok() && status.error().kind() == "lease-lost";
}

}  // namespace

struct Runner::Impl {
  Impl(Options o, Queue& q, const Clock& c, Log& l) : options(o), queue(q), clock(c), log(l) {}

  void work();
  void run(Queue::Claimed claimed);
  Result<Outcome> handled(Work& work);
  void settle(Work& work, Result<Outcome> outcome);
  void beat();
  void beat_one(Work& work);
  void tell(Job job);
  void wake();

  const Options options;
  Queue& queue;        // outlives us
  const Clock& clock;  // likewise
  Log& log;            // likewise
  const std::string owner = make_owner();
  std::map<std::string, Handler> handlers;
  std::function<void(const Job&)> listener;

  std::mutex mutex;
  std::condition_variable changed;
  std::uint64_t wakes = 0;
  bool stopping = false;
  std::map<JobId, std::shared_ptr<Work>> running;

  std::unique_ptr<io::Lane> workers, beats;
};

Status Work::finish(const Queue::Effect& effect) {
  LT_CHECK(queue_.finish(lease_, effect));
  finished_ = true;
  return {};
}

void Runner::Impl::wake() {
  {
    std::lock_guard lock{mutex};
    ++wakes;
  }
  changed.notify_all();
}

void Runner::Impl::tell(Job job) {
  if (listener) listener(job);
}

/// One thread's life.
void Runner::Impl::work() {
  for (;;) {
    std::uint64_t before = 0;
    {
      std::lock_guard lock{mutex};
      if (stopping) return;
      before = wakes;
    }
    const auto due = queue.next_due();
    if (due && *due && **due <= clock.now()) {
      auto claimed = queue.claim(owner);
      if (claimed && *claimed) {
        run(std::move(**claimed));
        continue;
      }
      if (!claimed) log.warn("no job can be taken", {{"error", claimed.error().story()}});
    } else if (!due) {
      log.warn("jobs cannot be read", {{"error", due.error().story()}});
    }
    std::unique_lock lock{mutex};
    changed.wait_for(lock, options.look, [&] { return stopping || wakes != before; });
  }
}

void Runner::Impl::run(Queue::Claimed claimed) {
  const std::shared_ptr<Work> work{new Work{queue, std::move(claimed.job), std::move(claimed.lease)}};
  work->renewed_ = steady_clock::now();
  {
    std::lock_guard lock{mutex};
    work->stopped_ = stopping;
    auto& one = running[work->job().id];
    // Its lease ended here (the wall clock was set, the database stood still): the older cannot finish.
    if (one) one->stopped_ = true;
    one = work;
  }
  changed.notify_all();
  tell(work->job());
  auto outcome = handled(*work);
  {
    std::lock_guard lock{mutex};
    const auto one = running.find(work->job().id);
    if (one != running.end() && one->second == work) running.erase(one);
  }
  settle(*work, std::move(outcome));
}

Result<Outcome> Runner::Impl::handled(Work& work) {
  if (work.stopped()) return Outcome::stopped();  // claimed while the stop began
  const auto handler = handlers.find(work.job().kind);
  if (handler == handlers.end())
    return make_error(Code::invalid, "this program does not know jobs of kind {}", work.job().kind);
  return handler->second(work);
}

/// The row says what became of it. When even that fails, the lease ends by itself.
void Runner::Impl::settle(Work& work, Result<Outcome> outcome) {
  auto job = work.job();
  Status settled;
  if (work.finished_ || (outcome && outcome->kind == Outcome::Kind::done)) {
    if (!work.finished_) settled = queue.finish(work.lease(), {});
    job.state = State::done;
    job.progress = 1000;
  } else if (!outcome) {
    log.warn("job failed", {{"job", job.id},
                            {"kind", job.kind},
                            {"thing", job.thing},
                            {"try", job.tried},
                            {"error", outcome.error().story()}});
    auto failed = queue.fail(work.lease(), outcome.error());
    if (failed)
      job = *std::move(failed);
    else
      settled = std::move(failed).error();
  } else {
    const auto when = outcome->kind == Outcome::Kind::later ? outcome->run_after : clock.now();
    settled = queue.put_back(work.lease(), when);
    job.state = State::queued;
    job.run_after = when;
    job.tried -= 1;
  }
  if (is_lost(settled)) return;  // somebody cancelled it, and has told so
  if (!settled)
    log.error("what became of a job is not written", {{"job", job.id}, {"error", settled.error().story()}});
  if (settled) tell(std::move(job));
}

void Runner::Impl::beat_one(Work& work) {
  const auto progress = work.progress_.load();
  const auto since = steady_clock::now() - work.renewed_;
  // The first at once: whoever reads the row then, and is told after, hears that it has begun.
  const bool write = (progress != work.written_ && (work.written_ == 0 || since >= between_writes)) ||
                     since >= queue.options().lease / 3;
  const auto status = write ? queue.renew(work.lease(), progress) : queue.check(work.lease());
  if (is_lost(status)) {
    work.stopped_ = true;
    return;
  }
  if (write && status) {
    work.written_ = progress;
    work.renewed_ = steady_clock::now();
  }
  if (progress == work.told_) return;
  work.told_ = progress;
  auto job = work.job();
  job.progress = progress;
  tell(std::move(job));
}

void Runner::Impl::beat() {
  for (;;) {
    std::vector<std::shared_ptr<Work>> works;
    {
      std::unique_lock lock{mutex};
      changed.wait(lock, [&] { return stopping || !running.empty(); });
      // Leases are renewed while handlers give up.
      if (stopping && running.empty()) return;
      for (const auto& [id, work] : running)
        works.push_back(work);
    }
    for (const auto& work : works)
      beat_one(*work);
    works.clear();
    std::unique_lock lock{mutex};
    const auto before = wakes;
    changed.wait_for(lock, options.beat, [&] { return wakes != before || (stopping && running.empty()); });
  }
}

Runner::Runner(Options options, Queue& queue, const Clock& clock, Log& log)
    : impl_(std::make_unique<Impl>(options, queue, clock, log)) {}

Runner::~Runner() {
  stop();
}

void Runner::handle(std::string kind, Handler handler) {
  impl_->handlers[std::move(kind)] = std::move(handler);
}

void Runner::on_change(std::function<void(const Job&)> listener) {
  impl_->listener = std::move(listener);
}

Status Runner::start() {
  auto& impl = *impl_;
  LT_TRY(const auto left, impl.queue.take_over(impl.owner), "taking over jobs");
  if (left > 0) impl.log.info("taking up jobs that a crash left", {{"jobs", left}});
  const auto threads = static_cast<int>(std::max(1u, impl.options.threads));
  impl.workers = std::make_unique<io::Lane>(
      io::Lane::Options{.name = "jobs", .threads = threads, .niceness = impl.options.niceness});
  impl.beats = std::make_unique<io::Lane>(io::Lane::Options{.name = "job-beat"});
  impl.queue.on_wake([&impl] { impl.wake(); });
  for (int i = 0; i < threads; ++i)
    (void)impl.workers->try_post([&impl] { impl.work(); });
  (void)impl.beats->try_post([&impl] { impl.beat(); });
  return {};
}

void Runner::begin_stop() {
  auto& impl = *impl_;
  {
    std::lock_guard lock{impl.mutex};
    if (std::exchange(impl.stopping, true)) return;
    for (const auto& [id, work] : impl.running)
      work->stopped_ = true;
  }
  impl.queue.on_wake({});
  impl.changed.notify_all();
}

void Runner::stop() {
  auto& impl = *impl_;
  begin_stop();
  if (impl.workers) impl.workers->stop(io::Lane::Stop::drain);
  impl.changed.notify_all();
  if (impl.beats) impl.beats->stop(io::Lane::Stop::drain);
}

}  // namespace longtake::jobs
