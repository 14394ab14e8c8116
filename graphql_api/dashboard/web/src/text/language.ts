/** Which language the page speaks. */

import { i18n } from "@lingui/core";

export const LANGUAGES = { en: "English", ja: "日本語", nb: "Norsk" } as const;
export type Language = keyof typeof LANGUAGES;

const KEPT = "shopfloor-language";
const isLanguage = (word: string): word is Language => word in LANGUAGES;

function preferred(): Language {
  const kept = localStorage.getItem(KEPT);
  const wanted = [...(kept ? [kept] : []), ...navigator.languages].map((each) => each.slice(0, 2).toLowerCase());
  return wanted.map((each) => (each === "no" || each === "nn" ? "nb" : each)).find(isLanguage) ?? "en";
}

const CATALOGUES = {
  en: () => import("../locales/en.po"),
  ja: () => import("../locales/ja.po"),
  nb: () => import("../locales/nb.po"),
};

/** Speak a language, or the one that the reader prefers. */
export async function speak(wanted?: Language): Promise<Language> {
  const language = wanted ?? preferred();
  const { messages } = await CATALOGUES[language]();
  if (wanted) localStorage.setItem(KEPT, wanted);
  i18n.loadAndActivate({ locale: language, messages });
  document.documentElement.lang = language;
  return language;
}
