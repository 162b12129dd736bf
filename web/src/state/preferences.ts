import { defineStore } from "pinia";
import { ref, watch } from "vue";
import { i18n, isLocale, type Locale, preferredLocale } from "@/i18n";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const THEME_KEY = "longtake.theme";
const LOCALE_KEY = "longtake.locale";

/** Theme and language of this browser; kept here, not on the server. */
export const usePreferences = defineStore("preferences", () => {
  const theme = ref<Theme>(storedTheme());
  const locale = ref<Locale>(storedLocale());
  const systemDark = matchMedia("(prefers-color-scheme: dark)");

  function applyTheme(): void {
    const dark = theme.value === "dark" || (theme.value === "system" && systemDark.matches);
    document.documentElement.dataset.theme = dark ? "dark" : "light";
  }

  systemDark.addEventListener("change", applyTheme);
  watch(
    theme,
    (value) => {
      remember(THEME_KEY, value);
      applyTheme();
    },
    { immediate: true },
  );
  watch(
    locale,
    (value) => {
      remember(LOCALE_KEY, value);
      i18n.global.locale.value = value;
      document.documentElement.lang = value;
    },
    { immediate: true },
  );
  return { theme, locale };
});

function storedTheme(): Theme {
  const stored = recall(THEME_KEY);
  return THEMES.find((theme) => theme === stored) ?? "system";
}

function storedLocale(): Locale {
  const stored = recall(LOCALE_KEY);
  return stored !== null && isLocale(stored) ? stored : preferredLocale(navigator.languages);
}

/** Storage may be forbidden; preferences then last as long as the page. */
function recall(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // As above.
  }
}
