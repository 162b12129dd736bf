#include "media/ffmpeg/lane.h"

#include <cstring>

namespace longtake::media::ffmpeg {

FreshPayload::FreshPayload(std::size_t size) {
  auto owner = std::make_shared_for_overwrite<std::byte[]>(size);
  bytes = {owner.get(), size};
  payload.bytes = bytes;
  payload.owner = std::move(owner);
}

Payload share(const AVPacket& packet, std::span<const std::byte> bytes) {
  AVBufferRef* buffer = packet.buf ? av_buffer_ref(packet.buf) : nullptr;
  if (!buffer) return copy_payload(bytes);
  Payload payload;
  payload.owner = std::shared_ptr<const void>(buffer, [](AVBufferRef* b) { av_buffer_unref(&b); });
  payload.bytes = bytes;
  return payload;
}

Payload copy_payload(std::span<const std::byte> bytes) {
  FreshPayload fresh{bytes.size()};
  if (!bytes.empty()) std::memcpy(fresh.bytes.data(), bytes.data(), bytes.size());
  return fresh.payload;
}

}  // namespace longtake::media::ffmpeg
