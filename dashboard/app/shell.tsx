import { Outlet } from '@tanstack/react-router';
import { type ReactElement, Suspense, useState } from 'react';
import { Mark } from '../parts/glyphs.tsx';
import { Announcer } from '../parts/announcer.tsx';
import { focusPage } from '../parts/focus-page.ts';
import { Foot } from './foot.tsx';
import { Nav } from './nav.tsx';
import { Shortcuts } from './shortcuts.tsx';

/** The frame of all pages: the menu beside them, or above them where it is narrow. */
export function Shell(): ReactElement {
  const [open, setOpen] = useState(false);
  return (
    <div className="app">
      <a className="skip-link" href="#page" onClick={skipToPage}>
        Skip to the page
      </a>
      <header className={open ? 'side open' : 'side'}>
        <span className="brand">
          <Mark />
          Spillway
        </span>
        <Nav onNavigate={() => setOpen(false)} />
        <Foot />
        <button type="button" className="btn narrow" aria-expanded={open} onClick={() => setOpen(!open)}>
          Menu
        </button>
      </header>
      <main id="page" tabIndex={-1}>
        <Suspense fallback={null}>
          <Outlet />
        </Suspense>
      </main>
      <Shortcuts />
      <Announcer />
    </div>
  );
}

function skipToPage(event: { preventDefault: () => void }): void {
  // The hash would be a place of the router's.
  event.preventDefault();
  focusPage();
}
