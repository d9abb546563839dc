import { announce } from './announcer.tsx';

/** Copies a text, and says so. `what`: what was copied, such as `Request id`. */
export async function copyText(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    announce(`${what} copied`);
  } catch {
    // Browsers give pages no clipboard on plain http beyond loopback.
    announce('The browser allows no copying here: select the text.');
  }
}
