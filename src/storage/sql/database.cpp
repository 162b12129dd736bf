#include "storage/sql/database.h"

#include <unistd.h>

#include <condition_variable>
#include <mutex>
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
  bool writing = false;             // the turn is taken
  std::condition_variable written;

  std::mutex mutex;  // guards `writing` and `idle`
  std::condition_variable freed;
  std::vector<std::unique_ptr<Session>> readers;
  std::vector<Session*> idle;

  Status take_turn();
  void end_turn();
  Result<Session*> lease_reader();
  void release_reader(Session* session);
};

Status Database::Impl::take_turn() {
  std::unique_lock lock{mutex};
  if (!written.wait_for(lock, options.busy_timeout, [&] { return !writing; }))
    return make_error(Code::unavailable, "the database is busy");
  writing = true;
  return {};
}

void Database::Impl::end_turn() {
  {
    const std::lock_guard lock{mutex};
    writing = false;
  }
  written.notify_one();
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

Transaction::~Transaction() {
  if (!session_) return;
  // A failed rollback leaves nothing to do: SQLite has already rolled back by itself (full, I/O error).
  if (open_) static_cast<void>(session_->run_once("rollback"));
  release_();
}

Status Transaction::commit() {
  if (guard_ && *guard_) LT_CHECK((*guard_)());
  LT_CHECK(session_->execute("commit"));
  open_ = false;
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

Result<Transaction> Database::begin_write() {
  LT_CHECK(impl_->take_turn());
  if (auto begun = impl_->writer->execute("begin immediate"); !begun.ok()) {
    impl_->end_turn();
    return std::move(begun).error();
  }
  return Transaction{*impl_->writer, [impl = impl_.get()] { impl->end_turn(); }, &impl_->guard};
}

Result<Transaction> Database::begin_read() const {
  LT_TRY(auto* const session, impl_->lease_reader());
  if (auto begun = session->execute("begin"); !begun.ok()) {
    impl_->release_reader(session);
    return std::move(begun).error();
  }
  return Transaction{*session, [impl = impl_.get(), session] { impl->release_reader(session); }, nullptr};
}

}  // namespace longtake::storage::sql
