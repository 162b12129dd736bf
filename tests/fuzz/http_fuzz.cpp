// What a client may send: requests in any pieces, targets, ranges, entity tags, cookies, forwarded addresses.

#include <algorithm>
#include <cstring>

#include "http/peers.h"
#include "http/ranges.h"
#include "http/request_reader.h"
#include "http/target.h"

using namespace longtake::http;

namespace {

void judge(const Request& request) {
  const auto target = parse_target(request.target);
  if (target.ok())
    for (const auto& segment : target->segments)
      if (segment == "." || segment == ".." || segment.find('\0') != std::string::npos) std::abort();
  (void)request.find_cookie("session");
  static const auto proxies = TrustedProxies::parse({"10.0.0.0/8"}).value();
  Request copy = request;
  proxies.identify(longtake::io::Address::parse("10.0.0.1").value(), copy);
  longtake::media::SliceList slices;
  slices.append(longtake::media::Bytes(1000));
  auto response = Response::slices(std::move(slices), "video/mp4").with_etag("v1");
  copy.method = Method::get;
  apply_conditions(copy, response);
  if (response.status == 206 && (response.body.size() == 0 || response.body.size() > 1000)) std::abort();
}

}  // namespace

// The first byte says in how large pieces the rest arrives.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = data[0] + 1u;
  ++data, --size;
  RequestReader reader{{.header = 2048, .url = 256}};
  bool in_body = false;
  while (true) {
    const auto state = in_body ? reader.read_body(512) : reader.read_header();
    if (state == RequestReader::State::failed) {
      (void)reader.refusal();
      return 0;
    }
    if (state == RequestReader::State::more) {
      const auto room = reader.room(std::min(piece, size));
      if (room.empty()) return 0;
      std::memcpy(room.data(), data, room.size());
      reader.received(room.size());
      data += room.size();
      size -= room.size();
      continue;
    }
    if (in_body) {
      if (reader.take_body().size() > 512) std::abort();
      in_body = false;
      reader.finish();
      continue;
    }
    judge(reader.take_head().request);
    in_body = true;
  }
}
