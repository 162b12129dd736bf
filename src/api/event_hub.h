#pragma once
// State changes to the pages that may see them, as server-sent events.

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/identity.h"
#include "base/id.h"
#include "base/time.h"
#include "http/events.h"

namespace longtake::api {

/// Thread-safe. Remembers recent events so that a client that reconnects with Last-Event-ID is told what it
/// missed. Full rule: the oldest remembered event goes; who asks for it gets `reset`.
class EventHub {
 public:
  struct Options {
    std::chrono::minutes remember{10};
    std::size_t remembered_bytes = std::size_t{8} << 20;
    std::size_t streams = 1'000;
    std::size_t streams_per_person = 50;  ///< one more, and their oldest goes
  };
  EventHub(const Clock& clock, Options options);
  explicit EventHub(const Clock& clock) : EventHub(clock, Options{}) {}
  ~EventHub();

  /// To everybody in the organization who has the permission that it `needs`, in the same order to each. An
  /// event with the same non-empty `key` replaces the remembered one (the newest state of a thing is all that
  /// matters).
  void publish(OrganizationId organization, std::string_view event, std::string_view key,
               std::string_view data, access::Permission needs = access::Permission::watch);
  /// The same of many at once, which go to each listener together.
  struct News {
    OrganizationId organization{};  ///< zero: of every one
    std::string event{}, key{}, data{};
    access::Permission needs = access::Permission::watch;
    UserId user{};      ///< set: for this person alone, wherever they act
    bool last = false;  ///< nothing more comes under this key
  };
  void publish(std::vector<News> news);
  /// The last that is ever told under this key: what comes after it, late, is dropped.
  void publish_last(OrganizationId organization, std::string_view event, std::string_view key,
                    std::string_view data, access::Permission needs = access::Permission::watch);

  /// Who listens.
  struct Audience {
    OrganizationId organization;
    access::Permissions permissions;  ///< say what they are told, beside of themselves
    UserId user;
    access::SessionId session;
    access::TokenId token;
    bool operator==(const Audience&) const = default;
  };
  /// A stream that begins with what was missed since `last_id`, or with `reset`. Null when there are too many
  /// streams.
  std::shared_ptr<http::EventStream> open(const Audience& audience, std::string_view last_id);

  /// `me` to every page of the person: what they are or may has changed. Their streams end after it, so that
  /// each comes back as who they are now.
  void tell_changed(UserId user);
  /// `me` to every page that acts in the organization, which has another name, zone or language.
  void tell_changed(OrganizationId organization);
  /// `signed-out` to those who listen by this session or token; their streams end after it.
  void tell_signed_out(access::SessionId session);
  void tell_signed_out(access::TokenId token);
  /// The same to all sessions of the person, whose tokens go on.
  void tell_sessions_ended(UserId user);
  /// The same to everything of a person who may nothing any more.
  void tell_barred(UserId user);

  /// Number of the newest event, of whatever organization.
  std::uint64_t newest() const;

  /// Who listens now, each once.
  std::vector<Audience> audiences() const;

  /// Streams open now: nobody listens, nothing need be published often.
  bool has_listeners() const;

  void close_all();

 private:
  struct Remembered {
    std::uint64_t id;
    News news;
    WallTime at;
  };
  struct Listener {
    Audience audience;
    std::weak_ptr<http::EventStream> stream;
  };
  /// Ids tell the server's start apart, so that ids of an earlier one are recognized as unknown.
  std::string format_id(std::uint64_t id) const;
  void forget_old();
  static bool concerns(const Audience& audience, const News& news);
  /// Null when the last about this thing was said before.
  const Remembered* remember(News news);
  enum class Then { go_on, close };
  void tell(std::vector<News> all, Then then);
  void tell(News news, Then then);
  void sign_out(const std::function<bool(const Audience&)>& whom);
  std::shared_ptr<http::EventStream> make_room_for(UserId user);

  const Clock& clock_;
  const Options options_;
  const std::int64_t epoch_;
  // Held while an event is remembered and sent, so that all streams are told in one order. Before mutex_,
  // which streams take when they close.
  std::mutex sending_;
  mutable std::mutex mutex_;
  std::deque<Remembered> memory_;
  std::size_t memory_bytes_ = 0;
  std::uint64_t next_id_ = 1;
  std::uint64_t forgotten_ = 0;  // newest id that was dropped by age or size
  std::uint64_t next_listener_ = 1;
  std::map<std::uint64_t, Listener> listeners_;
};

}  // namespace longtake::api
