import { useRouter } from '@tanstack/react-router';
import { useEffect, useEffectEvent } from 'react';
import { listSearch } from './list-memory.ts';

/** Esc goes back to where the request was opened, or to the list. */
export function useWayBack(): void {
  const router = useRouter();
  const goBack = useEffectEvent(() => {
    if (router.history.canGoBack()) router.history.back();
    else void router.navigate({ to: '/requests', search: listSearch() });
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || event.defaultPrevented || document.querySelector('dialog[open]') !== null) return;
      goBack();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}
