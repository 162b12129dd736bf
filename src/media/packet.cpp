#include "media/packet.h"

namespace longtake::media {

Payload Payload::of(Bytes bytes) {
  auto owner = std::make_shared<const Bytes>(std::move(bytes));
  const std::span<const std::byte> view{*owner};
  return {std::move(owner), view};
}

}  // namespace longtake::media
