#include "media/lettering/caption.h"

#include <cairo/cairo.h>
#include <pango/pangocairo.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>

namespace longtake::media {
namespace {

struct Free {
  void operator()(cairo_surface_t* s) const { cairo_surface_destroy(s); }
  void operator()(cairo_t* c) const { cairo_destroy(c); }
  void operator()(PangoFontMap* m) const { g_object_unref(m); }
  void operator()(PangoContext* c) const { g_object_unref(c); }
  void operator()(PangoLayout* l) const { g_object_unref(l); }
  void operator()(PangoFont* f) const { g_object_unref(f); }
  void operator()(PangoFontDescription* d) const { pango_font_description_free(d); }
  void operator()(char* text) const { g_free(text); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

constexpr const char* family = "DejaVu Sans, Noto Sans, sans-serif";
/// Of the shorter side of the picture; still read when four of them lie side by side in a report.
constexpr double letters_part = 1.0 / 24;
constexpr double smallest_letters = 9, largest_letters = 96;
constexpr double plate_darkness = 0.78;

struct Reading {
  std::span<const std::byte> left;
};

cairo_status_t read_some(void* from, unsigned char* into, unsigned int size) {
  auto& reading = *static_cast<Reading*>(from);
  if (size > reading.left.size()) return CAIRO_STATUS_READ_ERROR;
  std::memcpy(into, reading.left.data(), size);
  reading.left = reading.left.subspan(size);
  return CAIRO_STATUS_SUCCESS;
}

cairo_status_t write_some(void* to, const unsigned char* from, unsigned int size) {
  auto& bytes = *static_cast<Bytes*>(to);
  const auto* begin = reinterpret_cast<const std::byte*>(from);
  bytes.insert(bytes.end(), begin, begin + size);
  return CAIRO_STATUS_SUCCESS;
}

struct Size {
  double width = 0, height = 0;
};

Size size_of(PangoLayout* layout) {
  int width = 0, height = 0;
  pango_layout_get_size(layout, &width, &height);
  return {static_cast<double>(width) / PANGO_SCALE, static_cast<double>(height) / PANGO_SCALE};
}

/// Title and time, laid out for a picture: beside each other, or in two lines where they do not fit.
class Plate {
 public:
  Plate(PangoContext* context, const Caption& caption, Size picture)
      : picture_(picture), title_(line(context, caption.title)), time_(line(context, caption.time)) {
    letters_ =
        std::clamp(std::min(picture.width, picture.height) * letters_part, smallest_letters, largest_letters);
    set_letters();
    if (const auto most = room(), needed = size_of(time_.get()).width; needed > most) {
      letters_ *= most / needed;
      set_letters();
    }
    const auto title = size_of(title_.get()), time = size_of(time_.get());
    stacked_ = title.width + gap() + time.width > room();
    const auto left = stacked_ ? room() : room() - gap() - time.width;
    if (title.width > left) pango_layout_set_width(title_.get(), static_cast<int>(left * PANGO_SCALE));
  }

  void draw(cairo_t* cairo) const {
    const auto title = size_of(title_.get()), time = size_of(time_.get());
    const double width =
        (stacked_ ? std::max(title.width, time.width) : title.width + gap() + time.width) + 2 * pad();
    const double height =
        (stacked_ ? title.height + time.height : std::max(title.height, time.height)) + pad();
    const double left = margin(), top = std::max(0.0, picture_.height - margin() - height);
    // On whole pixels: what lies outside stays as it is.
    const double right = std::min(picture_.width, std::ceil(left + width)), bottom = std::ceil(top + height);
    const double x = std::floor(left), y = std::floor(top);
    cairo_rectangle(cairo, x, y, right - x, bottom - y);
    cairo_clip(cairo);
    cairo_set_source_rgba(cairo, 0, 0, 0, plate_darkness);
    cairo_paint(cairo);
    cairo_set_source_rgb(cairo, 1, 1, 1);
    show(cairo, title_.get(), {left + pad(), top + pad() / 2});
    if (stacked_)
      show(cairo, time_.get(), {left + pad(), top + pad() / 2 + title.height});
    else
      show(cairo, time_.get(), {left + pad() + title.width + gap(), top + pad() / 2});
  }

 private:
  struct Place {
    double x = 0, y = 0;
  };

  static Owned<PangoLayout> line(PangoContext* context, const std::string& text) {
    Owned<PangoLayout> out{pango_layout_new(context)};
    const Owned<char> valid{g_utf8_make_valid(text.data(), static_cast<gssize>(text.size()))};
    pango_layout_set_single_paragraph_mode(out.get(), TRUE);
    pango_layout_set_ellipsize(out.get(), PANGO_ELLIPSIZE_MIDDLE);
    pango_layout_set_text(out.get(), valid.get(), -1);
    return out;
  }

  void set_letters() {
    const Owned<PangoFontDescription> font{pango_font_description_from_string(family)};
    pango_font_description_set_absolute_size(font.get(), letters_ * PANGO_SCALE);
    for (auto* layout : {title_.get(), time_.get()})
      pango_layout_set_font_description(layout, font.get());
  }

  static void show(cairo_t* cairo, PangoLayout* layout, Place at) {
    cairo_move_to(cairo, at.x, at.y);
    pango_cairo_show_layout(cairo, layout);
  }

  double margin() const { return std::floor(letters_ / 2); }
  double pad() const { return letters_ / 2; }
  double gap() const { return letters_; }
  double room() const { return std::max(1.0, picture_.width - 2 * margin() - 2 * pad()); }

  Size picture_;
  Owned<PangoLayout> title_, time_;
  double letters_ = 0;
  bool stacked_ = false;
};

Error no_fonts() {
  return make_error(Code::unavailable,
                    "no fonts are installed here to write into pictures with; install fonts-dejavu-core");
}

}  // namespace

Result<Bytes> burn_in(std::span<const std::byte> png, const Caption& caption) {
  Reading reading{png};
  const Owned<cairo_surface_t> surface{cairo_image_surface_create_from_png_stream(read_some, &reading)};
  if (const auto status = cairo_surface_status(surface.get()); status != CAIRO_STATUS_SUCCESS)
    return make_error(Code::invalid, "this is no PNG picture: {}", cairo_status_to_string(status));

  // A map of its own: Pango's default one stays with the thread for as long as that lives.
  const Owned<PangoFontMap> fonts{pango_cairo_font_map_new()};
  const Owned<PangoContext> context{pango_font_map_create_context(fonts.get())};
  const Owned<PangoFontDescription> wanted{pango_font_description_from_string(family)};
  const Owned<PangoFont> found{pango_context_load_font(context.get(), wanted.get())};
  if (!found) return no_fonts();

  const Owned<cairo_t> cairo{cairo_create(surface.get())};
  const Size picture{static_cast<double>(cairo_image_surface_get_width(surface.get())),
                     static_cast<double>(cairo_image_surface_get_height(surface.get()))};
  pango_cairo_update_context(cairo.get(), context.get());
  Plate{context.get(), caption, picture}.draw(cairo.get());
  cairo_surface_flush(surface.get());
  if (const auto status = cairo_status(cairo.get()); status != CAIRO_STATUS_SUCCESS)
    return make_error(Code::internal, "writing into a picture failed: {}", cairo_status_to_string(status));
  Bytes out;
  out.reserve(png.size() + png.size() / 4);
  if (const auto status = cairo_surface_write_to_png_stream(surface.get(), write_some, &out);
      status != CAIRO_STATUS_SUCCESS)
    return make_error(Code::internal, "writing a picture failed: {}", cairo_status_to_string(status));
  return out;
}

}  // namespace longtake::media
