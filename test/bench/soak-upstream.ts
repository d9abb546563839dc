// The upstream of stream-soak.ts in a process of its own, so that its memory does not count as another's. The reply to each message
// describes the last request.
import { fieldsOf, startScriptedUpstream } from '../../src/testing/index.ts';
import { REPLIES } from './soak-replies.ts';

/** The state of a request. Times in milliseconds since the epoch. */
export interface LastHit {
  readonly bytesWritten: number;
  /** When bytes of its answer were last written. */
  readonly grewAt: number;
  /** When the gateway closed it. */
  readonly closedAt: number | undefined;
}

const SAMPLE_MS = 1;
const upstream = await startScriptedUpstream({
  script: (request) => REPLIES[String(fieldsOf(request)['model'])]?.() ?? {},
});
let seen = 0;
let grewAt = 0;
setInterval(() => {
  const written = upstream.hits.at(-1)?.bytesWritten ?? 0;
  if (written !== seen) grewAt = performance.timeOrigin + performance.now();
  seen = written;
}, SAMPLE_MS);
process.on('message', () => {
  const hit = upstream.hits.at(-1);
  const last: LastHit = { bytesWritten: hit?.bytesWritten ?? 0, grewAt, closedAt: hit?.closedAt };
  process.send?.(last);
});
// The parent may be killed.
process.on('disconnect', () => process.exit());
process.send?.({ url: upstream.baseUrl });
