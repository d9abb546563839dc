import { type RefObject, useLayoutEffect } from 'react';

/** Moves the focus to the page, so that keys work on it where what had the focus is gone. */
export function focusPage(): void {
  document.getElementById('page')?.focus();
}

/** Moves the focus to the page when an element is removed while the focus is within it. */
export function useFocusKept(ref: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const element = ref.current;
    return () => {
      if (element?.contains(document.activeElement) === true) focusPage();
    };
  }, [ref]);
}
