import { type Client, createClient } from 'spillway/client';
import { GATEWAY_URL } from './gateway-url.ts';

/**
 * Makes a typed client, as any application has it. Every call carries the header without which the gateway ignores the session's cookie on
 * anything but a GET, so that no form of another page can use it. `onHead` gets the headers of each answer when they arrive.
 */
export function createDashboardClient(onHead?: (headers: Headers) => void): Client {
  return createClient({
    url: GATEWAY_URL,
    fetch: async (url, init) => {
      const headers = new Headers(init?.headers);
      headers.set('x-spillway-dashboard', '1');
      const response = await fetch(url, { ...init, headers, credentials: 'same-origin', cache: 'no-store' });
      onHead?.(response.headers);
      return response;
    },
  });
}

/** The client of all pages. */
export const client = createDashboardClient();
