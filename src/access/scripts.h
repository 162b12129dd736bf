#pragma once
// Passwords of other scripts in Latin, for rules that know Latin words and keys alone. Pure.

#include <string>
#include <string_view>

namespace longtake::access {

/// Lower case, Russian letters as they sound ("Пароль" -> "parol") and Latin ones without their marks
/// ("contraseña" -> "contrasena"); all else as it is.
std::string to_latin(std::string_view text);

/// Lower case, Russian letters as the keys that they lie on ("йцукен" -> "qwerty"); all else as it is.
std::string to_keys(std::string_view text);

}  // namespace longtake::access
