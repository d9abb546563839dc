import { createClient } from 'spillway/client';
import { GATEWAY_URL } from './gateway-url.ts';

/**
 * The typed client, as any application has it. Every call carries the header without which the gateway ignores the session's cookie on
 * anything but a GET, so that no form of another page can use it.
 */
export const client = createClient({
  url: GATEWAY_URL,
  fetch: (url, init) => {
    const headers = new Headers(init?.headers);
    headers.set('x-spillway-dashboard', '1');
    return fetch(url, { ...init, headers, credentials: 'same-origin', cache: 'no-store' });
  },
});
