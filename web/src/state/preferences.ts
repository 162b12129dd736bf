import { defineStore } from "pinia";
import { ref, watch } from "vue";
import { i18n, isLocale, type Locale, preferredLocale } from "@/i18n";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const THEME_KEY = "longtake.theme";
const LOCALE_KEY = "longtake.locale";
const NOTES_NEAR_KEY = "longtake.notes-near";
const CLIP_SIDE_KEY = "longtake.clip-side";
const BURN_IN_KEY = "longtake.burn-in";
const ENCODE_EDGES_KEY = "longtake.encode-edges";

/** Seconds on each side of now that a clip takes when nothing is marked. */
export const CLIP_SIDES = [5, 10, 15, 30, 60] as const;

/** Theme, language and habits of this browser; kept here, not on the server. */
export const usePreferences = defineStore("preferences", () => {
  const theme = ref<Theme>(storedTheme());
  const locale = ref<Locale>(storedLocale());
  const clipSide = ref<number>(CLIP_SIDES.find((side) => String(side) === recall(CLIP_SIDE_KEY)) ?? 15);
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
  /** The list of notes beside the picture. */
  const notesNear = ref(recall(NOTES_NEAR_KEY) === "1");
  watch(notesNear, (value) => remember(NOTES_NEAR_KEY, value ? "1" : "0"));
  watch(clipSide, (value) => remember(CLIP_SIDE_KEY, String(value)));
  /** Pictures are saved with their channel and local time written into them. */
  const burnIn = ref(recall(BURN_IN_KEY) === "1");
  watch(burnIn, (value) => remember(BURN_IN_KEY, value ? "1" : "0"));
  /** Clips begin and end where they should also for tools that ignore edit lists. */
  const encodeEdges = ref(recall(ENCODE_EDGES_KEY) === "1");
  watch(encodeEdges, (value) => remember(ENCODE_EDGES_KEY, value ? "1" : "0"));
  return { theme, locale, notesNear, clipSide, burnIn, encodeEdges };
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
