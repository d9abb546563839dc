/** How the colours are chosen: as the system has them, or one of the two. */
export type Theme = 'system' | 'light' | 'dark';

/** In the order in which the switch goes through them. */
export const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

const STORAGE_KEY = 'spillway-theme';

/** The theme that was chosen in this browser; `system` unless one was, or where the browser stores nothing. */
export function storedTheme(): Theme {
  try {
    const stored = localStorage.getItem(STORAGE_KEY);
    return THEMES.find((theme) => theme === stored) ?? 'system';
  } catch {
    return 'system';
  }
}

/** Shows the page in a theme. */
export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

/** Shows the page in a theme, and remembers it where the browser allows that. */
export function chooseTheme(theme: Theme): void {
  applyTheme(theme);
  try {
    localStorage.setItem(STORAGE_KEY, theme);
  } catch {
    // It lasts until the page is closed.
  }
}
