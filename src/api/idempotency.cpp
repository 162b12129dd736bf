#include "api/idempotency.h"

#include "http/problem.h"

namespace longtake::api {
namespace {

http::Response conflict(std::string detail) {
  return http::problem(409, std::move(detail));
}

std::size_t hash_of(const http::Request& request) {
  return std::hash<std::string>{}(
      fmt::format("{} {}\n{}", http::to_string(request.method), request.target, request.body));
}

}  // namespace

/// Those that still run stay, however old: their answer is to come.
void Idempotency::forget_old() {
  for (auto key = order_.begin(); key != order_.end();) {
    const auto entry = entries_.find(*key);
    const bool too_old = clock_.now() - entry->second.made > options_.keep;
    if (!too_old && entries_.size() <= options_.keys) return;
    if (entry->second.running) {
      ++key;
      continue;
    }
    entries_.erase(entry);
    key = order_.erase(key);
  }
}

void Idempotency::forget(const std::string& key) {
  std::lock_guard lock{mutex_};
  const auto found = entries_.find(key);
  order_.erase(found->second.place);
  entries_.erase(found);
}

Result<http::Response> Idempotency::once(const http::Request& request, const Caller& caller,
                                         const std::function<Result<http::Response>()>& work) {
  const auto header = request.headers.find("Idempotency-Key");
  if (!header) return work();
  if (header->empty() || header->size() > 100)
    return http::problem(400, "Idempotency-Key has 1 to 100 characters");
  const auto key = fmt::format("{}/{}/{}", caller.organization, caller.user, *header);
  const auto hash = hash_of(request);
  {
    std::lock_guard lock{mutex_};
    forget_old();
    auto [found, fresh] = entries_.try_emplace(key);
    auto& entry = found->second;
    if (!fresh) {
      if (entry.request_hash != hash) return conflict("this Idempotency-Key was used for another request");
      if (entry.running)
        return conflict("the first request with this Idempotency-Key is still running")
            .with("Retry-After", "1");
      return entry.answer;
    }
    entry.request_hash = hash;
    entry.made = clock_.now();
    entry.place = order_.insert(order_.end(), key);
  }
  auto answer = [&] {
    try {
      return work();
    } catch (...) {
      forget(key);
      throw;
    }
  }();
  if (!answer.ok() || answer->status >= 500 || answer->status == 429) {
    forget(key);
    return answer;
  }
  std::lock_guard lock{mutex_};
  auto& entry = entries_.at(key);
  entry.answer = *answer;
  entry.running = false;
  return answer;
}

}  // namespace longtake::api
