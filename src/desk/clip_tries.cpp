#include "desk/clip_tries.h"

#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "desk/blobs.h"

namespace longtake::desk {
namespace {

BlobName blob_of(const Clip& clip, std::string name) {
  return {
      .organization = clip.organization, .kind = "clips", .created = clip.created, .name = std::move(name)};
}

/// The number at the beginning of `text`, which goes from there.
template <class Number>
std::optional<Number> take_number(std::string_view& text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return {};
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

/// Nothing: the file is not of this clip. Names of old have no job: "12.mp4" and "12-3.mp4" come before all.
std::optional<CutTry> try_of(std::string_view name, ClipId clip) {
  if (take_number<std::int64_t>(name) != clip.value) return {};
  std::array<std::int64_t, 2> numbers{};  // job and try; of old: the try at most
  std::size_t found = 0;
  for (; found < numbers.size() && name.starts_with('-'); ++found) {
    name.remove_prefix(1);
    const auto number = take_number<std::int64_t>(name);
    if (!number) return {};
    numbers.at(found) = *number;
  }
  if (!name.starts_with('.')) return {};
  if (found < numbers.size()) return CutTry{};
  return CutTry{.job = jobs::JobId{numbers[0]}, .tried = static_cast<unsigned>(numbers[1])};
}

}  // namespace

std::string file_of_try(const Clip& clip, const CutTry& of, std::string_view ending) {
  return blob_path(blob_of(clip, fmt::format("{}-{}-{}.{}", clip.id, of.job, of.tried, ending)));
}

Status clear_tries(storage::blobs::Volume& volume, const Clip& clip, const CutTry& before) {
  const auto folder = io::Path{blob_path(blob_of(clip, ""))}.parent_path();
  const auto files = volume.list(folder);
  if (!files && files.error().code() == Code::not_found) return {};
  if (!files) return files.error();
  for (const auto& file : *files)
    if (const auto of = try_of(file.name, clip.id); of && *of < before)
      LT_CHECK(volume.remove(folder / file.name), "clearing a try of clip {}", clip.id);
  return {};
}

}  // namespace longtake::desk
