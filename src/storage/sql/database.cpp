#include "storage/sql/database.h"

#include <unistd.h>

#include <cassert>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "io/file.h"
#include "storage/sql/migrations.h"
#include "storage/sql/session_impl.h"

namespace longtake::storage::sql {

struct Database::Impl {
  Options options;
  std::function<Status()> guard;

  // A turn and not a timed_mutex: the thread sanitizer does not see those being locked.
  std::unique_ptr<Session> writer;  // used by whoever has the turn
  std::thread::id writing;          // who has the turn; nobody: it is free
  std::condition_variable written;

  std::mutex mutex;  // guards `writing`, `riders` and `idle`
  std::unordered_map<std::thread::id, Rider*> riders;
  std::condition_variable freed;
  std::vector<std::unique_ptr<Session>> readers;
  std::vector<Session*> idle;

  std::unique_ptr<Session> looker;  // of `changes`
  std::unique_ptr<Changes> changes;
  std::function<void(std::string_view)> note_change;
  std::int64_t rows_before = 0;  // changed by the writer before the transaction under way

  Status take_turn();
  void end_turn();
  bool has_turn();
  Rider* find_rider();
  Result<Session*> lease_reader();
  void release_reader(Session* session);
  void begin_changes();
  void changes_committed();
};

Status Database::Impl::take_turn() {
  std::unique_lock lock{mutex};
  if (!written.wait_for(lock, options.busy_timeout, [&] { return writing == std::thread::id{}; }))
    return make_error(Code::unavailable, "the database is busy");
  writing = std::this_thread::get_id();
  return {};
}

void Database::Impl::end_turn() {
  {
    const std::lock_guard lock{mutex};
    writing = {};
  }
  written.notify_one();
}

bool Database::Impl::has_turn() {
  const std::lock_guard lock{mutex};
  return writing == std::this_thread::get_id();
}

Rider* Database::Impl::find_rider() {
  const std::lock_guard lock{mutex};
  const auto found = riders.find(std::this_thread::get_id());
  return found == riders.end() ? nullptr : found->second;
}

Result<Session*> Database::Impl::lease_reader() {
  std::unique_lock lock{mutex};
  if (!freed.wait_for(lock, options.busy_timeout, [&] { return !idle.empty(); }))
    return make_error(Code::unavailable, "every database reader is busy");
  auto* session = idle.back();
  idle.pop_back();
  return session;
}

void Database::Impl::release_reader(Session* session) {
  {
    const std::lock_guard lock{mutex};
    idle.push_back(session);
  }
  freed.notify_one();
}

void Database::Impl::begin_changes() {
  changes->begin();
  rows_before = writer->impl_->total_changes();
}

void Database::Impl::changes_committed() {
  changes->committed(writer->impl_->total_changes() - rows_before);
}

Rider::Rider(Database& database, Work work) : database_(database), work_(std::move(work)) {
  const std::lock_guard lock{database_.impl_->mutex};
  [[maybe_unused]] const auto [place, fresh] =
      database_.impl_->riders.emplace(std::this_thread::get_id(), this);
  assert(fresh);
}

Rider::~Rider() {
  const std::lock_guard lock{database_.impl_->mutex};
  database_.impl_->riders.erase(std::this_thread::get_id());
}

Transaction::~Transaction() {
  if (!session_) return;
  // A read has nothing to take back: it ends by the verb that is prepared. A failed rollback leaves nothing
  // to do: SQLite has already rolled back by itself (full, I/O error).
  const bool ended = open_ && plan_.kind == Kind::read && session_->execute("commit").ok();
  if (open_ && !ended) static_cast<void>(session_->run_once("rollback"));
  if (plan_.release) plan_.release();
}

Status Transaction::commit() {
  auto* const rider = plan_.rider && !plan_.rider->carried_ ? plan_.rider : nullptr;
  if (rider) LT_CHECK(rider->work_(*session_));
  if (plan_.guard && *plan_.guard) LT_CHECK((*plan_.guard)());
  LT_CHECK(session_->execute("commit"));
  open_ = false;
  if (plan_.committed) plan_.committed();
  if (rider) rider->carried_ = true;
  return {};
}

namespace {

/// SQLite would make it with the umask's mode; it holds password hashes. One that is there is not opened:
/// closing any descriptor of a file drops every lock the process holds on it, and a command beside us would
/// then take the write-ahead log away from under us, believing itself alone.
Status make_private(const std::string& path) {
  if (::access(path.c_str(), R_OK | W_OK) == 0) return {};
  LT_CHECK(io::open_file(path,
                         {.access = io::Access::read_write, .create = io::Create::if_missing, .mode = 0600}));
  return {};
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open(Options options, const Clock& clock) {
  LT_CHECK(make_private(options.path), "opening the database");
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  const int timeout = static_cast<int>(options.busy_timeout.count());
  LT_TRY(auto writer, Session::Impl::open(options.path, timeout, false));
  impl->writer.reset(new Session{std::move(writer)});
  for (unsigned i = 0; i < std::max(1u, options.readers); ++i) {
    LT_TRY(auto reader, Session::Impl::open(options.path, timeout, true));
    impl->readers.emplace_back(new Session{std::move(reader)});
    impl->idle.push_back(impl->readers.back().get());
  }
  LT_TRY(auto looker, Session::Impl::open(options.path, timeout, true));
  impl->looker.reset(new Session{std::move(looker)});
  impl->changes = std::make_unique<Changes>(*impl->writer, *impl->looker);
  impl->note_change = [changes = impl->changes.get()](std::string_view table) { changes->note(table); };
  impl->writer->impl_->on_change(&impl->note_change);
  std::unique_ptr<Database> database{new Database{std::move(impl)}};
  LT_CHECK(
      database->write([&](Session& session) { return Migrator::apply(session, migrations(), clock.now()); }),
      "preparing database {}", options.path);
  return database;
}

Database::Database(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Database::~Database() = default;

void Database::guard_commits(std::function<Status()> guard) {
  impl_->guard = std::move(guard);
}

const Options& Database::options() const {
  return impl_->options;
}

Watch Database::watch(const std::vector<std::string_view>& tables) const {
  return impl_->changes->watch(tables);
}

Result<Transaction> Database::begin_write(Carry carry) {
  LT_CHECK(impl_->take_turn());
  if (auto begun = impl_->writer->execute("begin immediate"); !begun.ok()) {
    impl_->end_turn();
    return std::move(begun).error();
  }
  impl_->begin_changes();
  return Transaction{*impl_->writer,
                     {.kind = Transaction::Kind::write,
                      .release = [impl = impl_.get()] { impl->end_turn(); },
                      .guard = &impl_->guard,
                      .committed = [impl = impl_.get()] { impl->changes_committed(); },
                      .rider = carry == Carry::rider ? impl_->find_rider() : nullptr}};
}

Result<Transaction> Database::begin_read() const {
  if (impl_->has_turn()) return Transaction{*impl_->writer, {.kind = Transaction::Kind::joined}};
  LT_TRY(auto* const session, impl_->lease_reader());
  if (auto begun = session->execute("begin"); !begun.ok()) {
    impl_->release_reader(session);
    return std::move(begun).error();
  }
  return Transaction{*session, {.release = [impl = impl_.get(), session] { impl->release_reader(session); }}};
}

}  // namespace longtake::storage::sql
