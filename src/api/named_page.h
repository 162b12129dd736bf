#pragma once
// Pages of lists that are sorted by name.

#include "access/named_place.h"
#include "api/decode.h"

namespace longtake::api {

struct NamedPage {
  access::NamedPlace after;
  std::size_t limit = 50;
};

/// `limit` and `cursor`. The cursor carries the name: were it an id alone, whoever gives one that they may
/// not see would learn its name from what comes after it.
NamedPage read_named_page(Parameters& parameters);

/// The `next` of a page that ends with this row.
std::string cursor_of(const access::NamedPlace& last);

}  // namespace longtake::api
