import { createI18n } from "vue-i18n";
import { en } from "./en";
import { es } from "./es";
import { russianPlural } from "./plural";
import { ru } from "./ru";

export const LOCALES = ["en", "es", "ru"] as const;
export type Locale = (typeof LOCALES)[number];

export const LOCALE_NAMES: Record<Locale, string> = { en: "English", es: "Español", ru: "Русский" };

export function isLocale(text: string): text is Locale {
  return LOCALES.some((locale) => locale === text);
}

/** The first language of the browser that is offered. */
export function preferredLocale(languages: readonly string[]): Locale {
  for (const language of languages) {
    const short = language.slice(0, 2).toLowerCase();
    if (isLocale(short)) return short;
  }
  return "en";
}

export const i18n = createI18n({
  legacy: false,
  locale: "en",
  fallbackLocale: "en",
  messages: { en, es, ru },
  pluralRules: { ru: russianPlural },
});
