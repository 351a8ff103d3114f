/** Light or dark: as the system has it, until somebody chooses. */
import { useEffect, useState } from 'react';
import { applyMode, Mode } from '../ui/cloudscape.ts';

const KEY = 'stairway.theme';
export type Theme = 'light' | 'dark';

function chosen(): Theme | undefined {
  try {
    const value = localStorage.getItem(KEY);
    return value === 'light' || value === 'dark' ? value : undefined;
  } catch {
    // Storage may be switched off; then the system decides.
    return undefined;
  }
}

export function useTheme(): [Theme, () => void] {
  const [theme, setTheme] = useState<Theme>(() => chosen() ?? systemTheme());
  useEffect(() => {
    applyMode(theme === 'dark' ? Mode.Dark : Mode.Light);
    document.documentElement.style.colorScheme = theme;
  }, [theme]);
  useEffect(() => {
    const query = window.matchMedia('(prefers-color-scheme: dark)');
    const follow = () => {
      if (chosen() === undefined) setTheme(systemTheme());
    };
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }, []);
  const toggle = () => {
    const next = theme === 'dark' ? 'light' : 'dark';
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // It is remembered as long as the page is open.
    }
    setTheme(next);
  };
  return [theme, toggle];
}

function systemTheme(): Theme {
  return window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}
