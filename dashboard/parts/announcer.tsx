import { type ReactElement, useEffect, useState } from 'react';

const EVENT = 'spillway:announce';

/** Says something to readers of the screen, and shows it for a moment: `Copied`. */
export function announce(text: string): void {
  window.dispatchEvent(new CustomEvent(EVENT, { detail: text }));
}

/** How long an announcement stays, in milliseconds. */
const SHOWN_MS = 2500;

/** The place of announcements. */
export function Announcer(): ReactElement {
  const [text, setText] = useState('');
  useEffect(() => {
    let timer: number | undefined;
    const onAnnounce = (event: Event): void => {
      if (!(event instanceof CustomEvent)) return;
      setText(String(event.detail));
      window.clearTimeout(timer);
      timer = window.setTimeout(() => setText(''), SHOWN_MS);
    };
    window.addEventListener(EVENT, onAnnounce);
    return () => {
      window.removeEventListener(EVENT, onAnnounce);
      window.clearTimeout(timer);
    };
  }, []);
  return (
    <p className={text === '' ? 'announcer' : 'announcer shown'} role="status">
      {text}
    </p>
  );
}
