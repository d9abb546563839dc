import type { Server, ServerResponse } from 'node:http';

/** How many answers of a server are still on their way to their callers. */
export function countOpenResponses(server: Server): () => number {
  // A count, and no set of them: see createLinkedSet for what a set would keep alive.
  let open = 0;
  for (const event of ['request', 'checkContinue'])
    server.on(event, (_, response: ServerResponse) => {
      open++;
      response.once('close', () => open--);
    });
  return () => open;
}
