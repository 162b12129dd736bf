#include "access/letters.h"

#include <fmt/format.h>

#include <algorithm>

namespace longtake::access {
namespace {

struct Texts {
  const char* reset_subject;
  const char* reset_text;          ///< {}: the link
  const char* invitation_subject;  ///< {}: the organization
  const char* invitation_text;     ///< inviter, organization, link, days
};

constexpr Texts english{
    "A new password for Longtake",
    "Somebody, we hope you, asked for a new password for this address.\n\n"
    "Choose it here within an hour; the link works once:\n{}\n\n"
    "If it was not you, do nothing: your password stays as it is.\n",
    "{} invites you to Longtake",
    "{0} invites you to {1} on Longtake.\n\n"
    "Accept here; the link works for {3} days:\n{2}\n",
};
constexpr Texts spanish{
    "Una contraseña nueva para Longtake",
    "Alguien, esperamos que usted, ha pedido una contraseña nueva para esta dirección.\n\n"
    "Elíjala aquí antes de una hora; el enlace sirve una sola vez:\n{}\n\n"
    "Si no ha sido usted, no haga nada: su contraseña sigue siendo la misma.\n",
    "{} le invita a Longtake",
    "{0} le invita a {1} en Longtake.\n\n"
    "Acepte aquí; el enlace sirve durante {3} días:\n{2}\n",
};
constexpr Texts russian{
    "Новый пароль для Longtake",
    "Кто-то (надеемся, вы) попросил новый пароль для этого адреса.\n\n"
    "Задайте его здесь в течение часа; ссылка сработает один раз:\n{}\n\n"
    "Если это были не вы, ничего не делайте: пароль останется прежним.\n",
    "{} приглашает вас в Longtake",
    "{0} приглашает вас в организацию «{1}» в Longtake.\n\n"
    "Примите приглашение здесь; дней, пока действует ссылка: {3}.\n{2}\n",
};

const Texts& texts(std::string_view language) {
  return language == "es" ? spanish : language == "ru" ? russian : english;
}

/// Names come from people; a subject is one line.
std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return text;
}

}  // namespace

Letter reset_letter(std::string_view language, std::string_view url) {
  const auto& in = texts(language);
  return {in.reset_subject, fmt::format(fmt::runtime(in.reset_text), url)};
}

Letter invitation_letter(std::string_view language, const InvitationFacts& facts) {
  const auto& in = texts(language);
  const auto organization = one_line(facts.organization);
  return {fmt::format(fmt::runtime(in.invitation_subject), organization),
          fmt::format(fmt::runtime(in.invitation_text), one_line(facts.inviter), organization, facts.url,
                      facts.days)};
}

}  // namespace longtake::access
