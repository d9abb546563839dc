import type { Server, ServerResponse } from 'node:http';

/** Counts the responses of a server that are not completely sent yet. The result returns their present number. */
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
