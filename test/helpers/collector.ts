import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { listenOnLoopback } from './listen.ts';
import { readSpans, type ReceivedSpan } from './read-spans.ts';

/** An OpenTelemetry collector on loopback, which takes OTLP as JSON over HTTP. */
export interface Collector extends AsyncDisposable {
  readonly url: string;
  readonly spans: ReceivedSpan[];
  /** What it got, as text. */
  readonly bodies: string[];
  readonly headers: IncomingHttpHeaders[];
  /** Resolves when it has so many spans. */
  readonly until: (spans: number) => Promise<void>;
}

/** Starts one. `statusOf` is asked for the status of each answer; 200 unless given. */
export async function startCollector(statusOf: () => number = () => 200): Promise<Collector> {
  const spans: ReceivedSpan[] = [];
  const bodies: string[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const waiting: (() => void)[] = [];
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const status = statusOf();
    if (status === 200) {
      const body = Buffer.concat(pieces).toString();
      bodies.push(body);
      headers.push(request.headers);
      spans.push(...readSpans(body));
    }
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    for (const notify of waiting) notify();
  });
  const port = await listenOnLoopback(server);
  return {
    url: `http://127.0.0.1:${port}/v1/traces`,
    spans,
    bodies,
    headers,
    until(count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const check = (): void => void (spans.length >= count && resolve());
      waiting.push(check);
      check();
      return promise;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
