// Light, dark, or as the device has it.

import { store } from "./store";

const THEMES = ["auto", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];

const STORED = "console.theme";
const saved = THEMES.find((name) => name === localStorage.getItem(STORED));
export const theme = store<Theme>(saved ?? "auto");

function apply(): void {
  document.documentElement.dataset.theme = theme.get();
}

export function nextTheme(): void {
  const following = THEMES[(THEMES.indexOf(theme.get()) + 1) % THEMES.length] ?? "auto";
  localStorage.setItem(STORED, following);
  theme.set(following);
  apply();
}

apply();
