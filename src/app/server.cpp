#include "app/server.h"

#include <filesystem>
#include <map>
#include <mutex>

#include <boost/json/serialize.hpp>

#include "api/context.h"
#include "api/encode.h"
#include "api/standing.h"
#include "app/catalogue.h"
#include "app/operations.h"
#include "http/static_files.h"
#include "io/executor.h"
#include "io/lane.h"
#include "io/outbox.h"

namespace longtake::app {
namespace {

using namespace std::chrono_literals;

/// Channels edited by a command beside the server are noticed this soon.
constexpr auto look_interval = 2s;
/// And people changed by one, or sessions that expired, after so many of them.
constexpr int ticks_between_looks = 2;
/// What has ended is let go at the start, and about once an hour.
constexpr int ticks_between_expiries = 1'800;
constexpr auto patience = 3s;

/// The folder with the built page: as set, or where packages and build trees put it.
std::string find_web_folder(const std::string& configured) {
  if (!configured.empty()) return configured;
  std::error_code ec;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", ec).parent_path();
  for (const auto& candidate : {program / "../share/longtake/web", program / "../../../web/dist"})
    if (std::filesystem::exists(candidate / "index.html", ec))
      return std::filesystem::canonical(candidate, ec).string();
  return {};
}

/// Listens beyond this machine?
bool is_public(const http::ServerOptions& options) {
  for (const auto& address : options.listen)
    if (!address.starts_with("127.") && !address.starts_with("[::1]") && !address.starts_with("localhost:"))
      return true;
  return false;
}

http::Response no_page() {
  return http::Response::text(
      "The page is not built here. Build it with scripts/build, or set `web` to its folder. The API is under "
      "/api/v1.\n",
      404);
}

}  // namespace

struct Server::Impl {
  Impl(const Config& c, const Clock& k, Log& l) : config(c), clock(k), log(l) {}

  Status open();
  Status listen();
  Result<std::unique_ptr<http::Server>> listen_pages();
  Result<std::unique_ptr<http::Server>> listen_operations();
  void watch_rooms();
  void publish(ChannelId id);
  void publish_moving_edges();
  void look_for_edits();
  void expire();
  void tick();
  void stop();

  Config config;
  const Clock& clock;
  Log& log;

  // In the order of their making; unmade in the reverse.
  std::unique_ptr<Catalogue> catalogue;
  std::unique_ptr<archive::Archive> archive;
  std::unique_ptr<access::Sessions> sessions;
  std::unique_ptr<access::SecondFactors> second_factors;
  std::unique_ptr<access::Proofs> proofs;
  std::unique_ptr<access::PasswordResets> password_resets;
  std::unique_ptr<access::Viewings> viewings;
  std::unique_ptr<access::OpenId> openid;
  std::unique_ptr<access::Links> links;
  std::unique_ptr<access::Shares> shares;
  std::unique_ptr<access::Privacy> privacy;
  std::unique_ptr<playback::Playback> playback;
  std::unique_ptr<ingest::Supervisor> supervisor;
  std::unique_ptr<api::EventHub> events;
  std::unique_ptr<api::Idempotency> idempotency;
  std::unique_ptr<api::ChannelPages> channel_pages;
  api::Site site;
  std::unique_ptr<api::Context> context;
  Watched watched;
  std::unique_ptr<io::Outbox> outbox;  // its letters are written from the context
  std::unique_ptr<io::Executor> net;
  std::unique_ptr<io::Lane> house;  // looks after channels and tells pages; may block
  std::shared_ptr<void> status_token;
  std::unique_ptr<http::Server> pages;
  std::unique_ptr<http::Server> operations;

  std::mutex mutex;  // guards what ticks and listeners share
  struct Seen {
    std::int64_t version = 0;
    bool enabled = false;
    std::optional<WallTime> published;
  };
  std::map<ChannelId, Seen> seen;
  int ticks = 0;  // of the house lane
  io::Timer timer;
  bool stopped = false;
};

Status Server::Impl::open() {
  LT_TRY(catalogue, Catalogue::open(config, clock));
  LT_TRY(archive, archive::Archive::open(config.archive, catalogue->database(), clock, log));
  sessions = std::make_unique<access::Sessions>(catalogue->database(), clock);
  second_factors =
      std::make_unique<access::SecondFactors>(catalogue->database(), catalogue->secrets(), clock);
  proofs = std::make_unique<access::Proofs>(catalogue->database(), *second_factors, clock);
  password_resets = std::make_unique<access::PasswordResets>(catalogue->database(), clock);
  viewings = std::make_unique<access::Viewings>(catalogue->audit(), clock);
  links = std::make_unique<access::Links>(catalogue->database(), catalogue->secrets(), clock);
  shares = std::make_unique<access::Shares>(catalogue->database(), clock);
  privacy = std::make_unique<access::Privacy>(catalogue->database(), clock);
  playback = std::make_unique<playback::Playback>(config.playback, *archive, clock, log);
  supervisor =
      std::make_unique<ingest::Supervisor>(config.ingest, catalogue->channels(), *archive, clock, log);
  events = std::make_unique<api::EventHub>(clock);
  idempotency = std::make_unique<api::Idempotency>(clock);
  channel_pages = std::make_unique<api::ChannelPages>(clock);
  openid = std::make_unique<access::OpenId>(catalogue->database(), clock, config.openid, config.site_url);
  site.url = config.site_url;
  if (!config.mail.server.empty()) {
    outbox = std::make_unique<io::Outbox>(io::Outbox::Options{.mail = config.mail}, clock, log);
    site.outbox = outbox.get();
  }
  context = std::make_unique<api::Context>(api::Context{.people = catalogue->people(),
                                                        .organizations = catalogue->organizations(),
                                                        .memberships = catalogue->memberships(),
                                                        .invitations = catalogue->invitations(),
                                                        .sessions = *sessions,
                                                        .proofs = *proofs,
                                                        .second_factors = *second_factors,
                                                        .password_resets = *password_resets,
                                                        .openid = *openid,
                                                        .tokens = catalogue->tokens(),
                                                        .audit = catalogue->audit(),
                                                        .viewings = *viewings,
                                                        .links = *links,
                                                        .shares = *shares,
                                                        .privacy = *privacy,
                                                        .channels = catalogue->channels(),
                                                        .archive = *archive,
                                                        .supervisor = *supervisor,
                                                        .playback = *playback,
                                                        .events = *events,
                                                        .idempotency = *idempotency,
                                                        .pages = *channel_pages,
                                                        .site = site,
                                                        .clock = clock,
                                                        .log = log});
  watched = {.archive = archive.get(), .channels = &catalogue->channels(), .supervisor = supervisor.get()};
  return {};
}

Result<std::unique_ptr<http::Server>> Server::Impl::listen_pages() {
  http::Router router;
  api::add_routes(router, *context);
  if (config.operations.empty()) add_operations_routes(router, watched, true);
  const auto web = find_web_folder(config.web);
  if (web.empty())
    router.add(http::Method::get, "/{path...}",
               [](const http::Request&) -> Result<http::Response> { return no_page(); });
  else
    router.add(http::Method::get, "/{path...}", http::serve_files({.folder = web}));
  return http::Server::start(config.http, std::move(router), *net, log);
}

Result<std::unique_ptr<http::Server>> Server::Impl::listen_operations() {
  if (config.operations.empty()) return std::unique_ptr<http::Server>{};
  http::Router router;
  add_operations_routes(router, watched, false);
  return http::Server::start({.listen = {config.operations}, .pooled_threads = 1, .decode_threads = 1},
                             std::move(router), *net, log);
}

Status Server::Impl::listen() {
  if (is_public(config.http)) {
    LT_TRY(const bool nobody, catalogue->people().empty());
    if (nobody)
      return make_error(Code::forbidden,
                        "nobody can sign in yet: before listening on a public address run "
                        "`longtake user add EMAIL --role superadmin --password-stdin`");
  }
  net = std::make_unique<io::Executor>(io::Executor::Options{});
  house = std::make_unique<io::Lane>(io::Lane::Options{.name = "house"});
  LT_TRY(pages, listen_pages());
  watched.http = &pages->metrics();
  LT_TRY(operations, listen_operations());
  return {};
}

/// The state of one channel to everybody who may see it.
void Server::Impl::publish(ChannelId id) {
  const auto all = catalogue->channels().all();
  if (!all) return;
  for (const auto& channel : *all) {
    if (channel.id != id) continue;
    const auto facts = api::gather(channel, *supervisor, *archive);
    events->publish(channel.organization, "channel", "channel/" + to_string(id),
                    boost::json::serialize(api::channel_json(facts)));
  }
}

void Server::Impl::publish_moving_edges() {
  if (!events->has_listeners()) return;
  const auto all = catalogue->channels().all();
  if (!all) return;
  for (const auto& channel : *all) {
    const auto newest = archive->newest(channel.id);
    {
      std::lock_guard lock{mutex};
      auto& known = seen[channel.id];
      if (known.published == newest) continue;
      known.published = newest;
    }
    const auto facts = api::gather(channel, *supervisor, *archive);
    events->publish(channel.organization, "channel", "channel/" + to_string(channel.id),
                    boost::json::serialize(api::channel_json(facts)));
  }
}

/// Rows may be changed by a command beside us; the supervisor ignores what it knows already.
void Server::Impl::look_for_edits() {
  const auto all = catalogue->channels().all();
  if (!all) {
    log.warn("channels cannot be read", {{"error", all.error().story()}});
    return;
  }
  std::map<ChannelId, Seen> gone;
  {
    std::lock_guard lock{mutex};
    gone = seen;
  }
  for (const auto& channel : *all) {
    gone.erase(channel.id);
    {
      std::lock_guard lock{mutex};
      auto& known = seen[channel.id];
      if (known.version == channel.version && known.enabled == channel.enabled) continue;
      known.version = channel.version;
      known.enabled = channel.enabled;
    }
    supervisor->channel_changed(channel);
    publish(channel.id);
  }
  for (const auto& [id, known] : gone) {
    supervisor->channel_removed(id);
    std::lock_guard lock{mutex};
    seen.erase(id);
  }
}

/// Rows of sessions, links and shares that are over and kept no longer.
void Server::Impl::expire() {
  const auto removed = privacy->expire();
  if (!removed)
    log.warn("what has ended is not removed", {{"error", removed.error().story()}});
  else if (*removed > 0)
    log.info("removed what has ended", {{"rows", *removed}});
}

void Server::Impl::tick() {
  look_for_edits();
  publish_moving_edges();
  if (ticks % ticks_between_expiries == 0) expire();
  if (++ticks % ticks_between_looks == 0) api::look_at_audiences(*context);
  std::lock_guard lock{mutex};
  if (!stopped) timer = net->after(look_interval, [this] { (void)house->try_post([this] { tick(); }); });
}

void Server::Impl::watch_rooms() {
  status_token = supervisor->subscribe([this](const ingest::ChannelStatus& status) {
    if (!house->try_post([this, id = status.channel] { publish(id); }))
      log.warn("state change not told to pages", {{"channel", status.channel}});
  });
}

void Server::Impl::stop() {
  {
    std::lock_guard lock{mutex};
    if (std::exchange(stopped, true)) return;
  }
  timer.cancel();
  if (events) events->close_all();
  if (operations) operations->stop(0ms);
  if (pages) pages->stop(patience);
  status_token.reset();
  if (outbox) outbox->stop();
  if (house) house->stop(io::Lane::Stop::drop);
  if (supervisor) supervisor->stop();
  if (net) net->stop();
  if (archive) archive->stop();
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() {
  stop();
}
void Server::stop() {
  impl_->stop();
}
std::uint16_t Server::port() const {
  return impl_->pages->port();
}

Result<std::unique_ptr<Server>> Server::start(const Config& config, const Clock& clock, Log& log) {
  auto server = std::unique_ptr<Server>{new Server{std::make_unique<Impl>(config, clock, log)}};
  auto& impl = *server->impl_;
  LT_CHECK(impl.open());
  LT_CHECK(impl.listen());
  impl.watch_rooms();
  LT_CHECK(impl.supervisor->start());
  (void)impl.house->try_post([&impl] { impl.tick(); });
  return server;
}

Status Server::reload(const Config& config) {
  auto& impl = *impl_;
  if (config.http != impl.config.http) {
    // The new listener needs the old one's address: close, then open; when that fails, open as before.
    impl.pages->stop(patience);
    const auto before = std::exchange(impl.config.http, config.http);
    auto pages = impl.listen_pages();
    if (!pages) {
      impl.config.http = before;
      LT_TRY(impl.pages, impl.listen_pages(), "listening again as before the reload");
      impl.watched.http = &impl.pages->metrics();
      return std::move(pages).error();
    }
    impl.pages = std::move(*pages);
    impl.watched.http = &impl.pages->metrics();
    impl.log.info("listening anew", {{"listen", fmt::format("{}", fmt::join(config.http.listen, ","))}});
  }
  const bool restart = config.archive != impl.config.archive || config.ingest != impl.config.ingest ||
                       config.playback != impl.config.playback || config.data != impl.config.data ||
                       config.operations != impl.config.operations || config.mail != impl.config.mail ||
                       config.openid != impl.config.openid || config.site_url != impl.config.site_url;
  if (restart) impl.log.warn("some changed settings take effect when the server is restarted");
  return {};
}

}  // namespace longtake::app
