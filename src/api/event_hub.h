#pragma once
// State changes to the pages that may see them, as server-sent events.

#include <chrono>
#include <deque>
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
  };
  EventHub(const Clock& clock, Options options);
  explicit EventHub(const Clock& clock) : EventHub(clock, Options{}) {}
  ~EventHub();

  /// To everybody who may watch in the organization. An event with the same non-empty `key` replaces the
  /// remembered one (the newest state of a thing is all that matters).
  void publish(OrganizationId organization, std::string_view event, std::string_view key,
               std::string_view data);

  /// Who listens.
  struct Audience {
    OrganizationId organization;
    access::Permissions permissions;  ///< without `watch`: told of themselves only
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
  /// `signed-out` to the pages of one session, or of all sessions of the person; the streams end after it.
  void tell_signed_out(UserId user, std::optional<access::SessionId> session = {});

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
    OrganizationId organization;
    UserId user;  ///< set: for this person alone, wherever they act
    std::string event;
    std::string key;
    std::string data;
    WallTime at;
  };
  struct Listener {
    Audience audience;
    std::weak_ptr<http::EventStream> stream;
  };
  /// Ids tell the server's start apart, so that ids of an earlier one are recognized as unknown.
  std::string format_id(std::uint64_t id) const;
  void forget_old();
  struct News {
    OrganizationId organization{};
    UserId user{};
    std::string_view event, key, data;
  };
  static bool concerns(const Audience& audience, const Remembered& news);
  /// Remembers it; gives its id.
  std::uint64_t remember(const News& news);
  enum class Then { go_on, close };
  void tell(const News& news, Then then);

  const Clock& clock_;
  const Options options_;
  const std::int64_t epoch_;
  mutable std::mutex mutex_;
  std::deque<Remembered> memory_;
  std::size_t memory_bytes_ = 0;
  std::uint64_t next_id_ = 1;
  std::uint64_t forgotten_ = 0;  // newest id that was dropped by age or size
  std::uint64_t next_listener_ = 1;
  std::map<std::uint64_t, Listener> listeners_;
};

}  // namespace longtake::api
