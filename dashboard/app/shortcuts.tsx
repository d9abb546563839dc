import { useNavigate } from '@tanstack/react-router';
import { type ReactElement, useEffect, useState } from 'react';
import { Dialog } from '../parts/dialog.tsx';

/** The pages behind `g` and a letter. */
const PAGES = {
  o: '/',
  c: '/chains',
  r: '/requests',
  p: '/playground',
  l: '/limits',
  k: '/keys',
  u: '/usage',
  h: '/providers',
} as const;

const SHORTCUTS: readonly (readonly [string, string])[] = [
  ['/', 'search on this page'],
  ['j, k', 'next and previous row'],
  ['Enter', 'open the row'],
  ['Esc', 'back, or close'],
  ['g o, g c, g r', 'go to overview, chains, requests'],
  ['g p, g l, g k', 'go to playground, limits, keys'],
  ['g u, g h', 'go to usage, and to providers’ health'],
  ['?', 'this list'],
];

const OPEN_EVENT = 'spillway:shortcuts';

/** Opens the list of shortcuts. */
export function openShortcuts(): void {
  window.dispatchEvent(new Event(OPEN_EVENT));
}

/** Listens to the shortcuts of all pages, and shows their list. Keys that are typed into a field are none. */
export function Shortcuts(): ReactElement {
  const [open, setOpen] = useState(false);
  const navigate = useNavigate();
  useEffect(() => {
    let afterG = false;
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const page = afterG && isPageKey(event.key) ? PAGES[event.key] : undefined;
      afterG = event.key === 'g';
      if (page !== undefined) void navigate({ to: page });
      else if (event.key === '?') setOpen(true);
      else if (event.key === '/') focusFirst(event, '[data-search]');
      else if (event.key === 'j') focusRow(event, 1);
      else if (event.key === 'k') focusRow(event, -1);
    };
    const onOpen = (): void => setOpen(true);
    window.addEventListener('keydown', onKey);
    window.addEventListener(OPEN_EVENT, onOpen);
    return () => {
      window.removeEventListener('keydown', onKey);
      window.removeEventListener(OPEN_EVENT, onOpen);
    };
  }, [navigate]);
  return (
    <Dialog title="Shortcuts" open={open} onClose={() => setOpen(false)}>
      <dl className="defs">
        {SHORTCUTS.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

function isPageKey(key: string): key is keyof typeof PAGES {
  return Object.hasOwn(PAGES, key);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

function focusFirst(event: KeyboardEvent, selector: string): void {
  const found = document.querySelector<HTMLElement>(selector);
  if (found === null) return;
  event.preventDefault();
  found.focus();
}

/** Moves the focus to the link of the next row, or of the previous one. */
function focusRow(event: KeyboardEvent, step: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>('[data-row]')];
  const at = links.findIndex((link) => link === document.activeElement);
  const next = links[at === -1 ? (step === 1 ? 0 : links.length - 1) : at + step];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}
