import type { Server, ServerResponse } from 'node:http';

/** How many answers of a server are still on their way to their callers. */
export function countUnfinished(server: Server): () => number {
  const open = new Set<ServerResponse>();
  for (const event of ['request', 'checkContinue'])
    server.on(event, (_, response: ServerResponse) => {
      open.add(response);
      response.once('close', () => open.delete(response));
    });
  return () => open.size;
}
