#include "media/lettering/caption.h"

#include <cairo/cairo.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>

namespace longtake::media {
namespace {

struct Pixel {
  int r = 0, g = 0, b = 0;
  bool operator==(const Pixel&) const = default;
  int luma() const { return (299 * r + 587 * g + 114 * b) / 1000; }
};

struct Surface {
  explicit Surface(cairo_surface_t* made) : surface(made, cairo_surface_destroy) {}
  int width() const { return cairo_image_surface_get_width(surface.get()); }
  int height() const { return cairo_image_surface_get_height(surface.get()); }
  std::uint32_t* row(int y) const {
    return reinterpret_cast<std::uint32_t*>(cairo_image_surface_get_data(surface.get()) +
                                            y * cairo_image_surface_get_stride(surface.get()));
  }
  Pixel at(int x, int y) const {
    const auto v = row(y)[x];
    return {static_cast<int>(v >> 16 & 255), static_cast<int>(v >> 8 & 255), static_cast<int>(v & 255)};
  }
  std::unique_ptr<cairo_surface_t, void (*)(cairo_surface_t*)> surface;
};

Bytes png_of(const Surface& surface) {
  Bytes out;
  const auto write = [](void* to, const unsigned char* from, unsigned size) {
    const auto* begin = reinterpret_cast<const std::byte*>(from);
    auto& bytes = *static_cast<Bytes*>(to);
    bytes.insert(bytes.end(), begin, begin + size);
    return CAIRO_STATUS_SUCCESS;
  };
  EXPECT_EQ(cairo_surface_write_to_png_stream(surface.surface.get(), write, &out), CAIRO_STATUS_SUCCESS);
  return out;
}

Surface read_png(const Bytes& png) {
  struct Left {
    const std::byte* at;
    std::size_t size;
  } left{png.data(), png.size()};
  const auto read = [](void* from, unsigned char* into, unsigned size) {
    auto& rest = *static_cast<Left*>(from);
    if (size > rest.size) return CAIRO_STATUS_READ_ERROR;
    std::copy_n(reinterpret_cast<const unsigned char*>(rest.at), size, into);
    rest.at += size, rest.size -= size;
    return CAIRO_STATUS_SUCCESS;
  };
  return Surface{cairo_image_surface_create_from_png_stream(read, &left)};
}

Bytes picture(int width, int height, const std::function<Pixel(int, int)>& colour) {
  const Surface out{cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height)};
  cairo_surface_flush(out.surface.get());
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const auto [r, g, b] = colour(x, y);
      out.row(y)[x] = static_cast<std::uint32_t>(r << 16 | g << 8 | b);
    }
  cairo_surface_mark_dirty(out.surface.get());
  return png_of(out);
}

/// Where two pictures differ, and how many of those pixels are as white as letters.
struct Difference {
  int left = 1 << 20, top = 1 << 20, right = -1, bottom = -1;
  int white = 0, pixels = 0;
};
Difference compare(const Surface& before, const Surface& after) {
  Difference out;
  for (int y = 0; y < before.height(); ++y)
    for (int x = 0; x < before.width(); ++x) {
      if (before.at(x, y) == after.at(x, y)) continue;
      out.left = std::min(out.left, x), out.right = std::max(out.right, x);
      out.top = std::min(out.top, y), out.bottom = std::max(out.bottom, y);
      ++out.pixels;
      if (after.at(x, y).luma() > 200) ++out.white;
    }
  return out;
}

const Caption ordinary{.title = "Channel 7", .time = "2026-11-21 18:40:12.340 +01:00"};

Difference burned(const Bytes& png, const Caption& caption) {
  const auto made = burn_in(png, caption);
  EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().story());
  return made ? compare(read_png(png), read_png(*made)) : Difference{};
}

TEST(Caption, StandsInTheLowerLeftCornerAndTouchesNothingElse) {
  const auto png = picture(640, 360, [](int x, int y) { return Pixel{x % 256, y % 256, (x + y) % 256}; });
  const auto made = burn_in(png, ordinary).value();
  const auto before = read_png(png), after = read_png(made);
  EXPECT_EQ(after.width(), 640);
  EXPECT_EQ(after.height(), 360);
  const auto changed = compare(before, after);
  EXPECT_LT(changed.left, 20);
  EXPECT_GT(changed.bottom, 340);
  EXPECT_GT(changed.top, 310) << "one line";
  EXPECT_LT(changed.right, 450);
  EXPECT_GT(changed.white, 400) << "letters";
}

TEST(Caption, IsReadOnBlackOnWhiteAndOnNoise) {
  const auto noise = [](int x, int y) {
    const auto v = static_cast<int>(
        (static_cast<unsigned>(x) * 2654435761U ^ static_cast<unsigned>(y) * 40503U) >> 13 & 255);
    return Pixel{v, v, v};
  };
  for (const auto& colour :
       std::initializer_list<std::function<Pixel(int, int)>>{[](int, int) {
                                                               return Pixel{255, 255, 255};
                                                             },
                                                             [](int, int) {
                                                               return Pixel{8, 8, 8};
                                                             },
                                                             noise}) {
    const auto png = picture(640, 360, colour);
    const auto made = burn_in(png, ordinary).value();
    const auto after = read_png(made);
    const auto where = compare(read_png(png), after);
    // Inside the plate: letters are white, what is between them is dark.
    int white = 0, dark = 0, all = 0;
    for (int y = where.top; y <= where.bottom; ++y)
      for (int x = where.left; x <= where.right; ++x, ++all) {
        white += after.at(x, y).luma() > 200 ? 1 : 0;
        dark += after.at(x, y).luma() < 80 ? 1 : 0;
      }
    EXPECT_GT(white, all / 30);
    EXPECT_GT(dark, all / 2);
  }
}

TEST(Caption, WritesNamesOfAnyScriptEachWithItsOwnLetters) {
  const auto png = picture(640, 360, [](int, int) { return Pixel{0, 90, 0}; });
  const auto plain = burn_in(png, {.title = "", .time = ordinary.time}).value();
  Bytes last;
  for (const auto* name : {"Первый канал", "Δεύτερο", "ערוץ", "قناة"}) {
    const auto made = burn_in(png, {.title = name, .time = ordinary.time}).value();
    EXPECT_GT(compare(read_png(plain), read_png(made)).white, 100) << name;
    EXPECT_NE(made, last) << name << ": not the same boxes for letters that are missing";
    last = made;
  }
}

TEST(Caption, OnNarrowAndSmallPicturesTheTimeIsWhole) {
  const std::string endless(200, 'W');
  for (const auto& [width, height] : {std::pair{1080, 1920}, {320, 240}, {160, 90}}) {
    const auto png = picture(width, height, [](int, int) { return Pixel{0, 90, 0}; });
    for (const auto& title : {std::string{"Channel 7"}, endless}) {
      const auto changed = burned(png, {.title = title, .time = ordinary.time});
      EXPECT_GT(changed.white, 10) << width;
      EXPECT_LT(changed.right, width - 1) << width << ": a margin is left, so nothing was cut off";
      EXPECT_LT(changed.bottom, height - 1) << width;
    }
  }
}

TEST(Caption, TakesBytesThatAreNoTextAndRefusesWhatIsNoPicture) {
  const auto png = picture(320, 180, [](int, int) { return Pixel{0, 90, 0}; });
  EXPECT_GT(burned(png, {.title = "a\xff\xfe\nb", .time = "12:00"}).white, 20);
  EXPECT_EQ(burn_in({}, ordinary).error().code(), Code::invalid);
  EXPECT_EQ(burn_in(std::span{png}.first(png.size() / 2), ordinary).error().code(), Code::invalid);
}

}  // namespace
}  // namespace longtake::media
