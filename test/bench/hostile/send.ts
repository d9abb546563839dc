import { type Agent, type IncomingMessage, request } from 'node:http';

/** A request. */
export interface Sent {
  readonly body: Buffer | string;
  readonly key?: string | undefined;
  /** `/v1/chat/completions` unless given. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A connection of its own unless given. */
  readonly agent?: Agent;
  /** Milliseconds after which it is given up; 60,000 unless given. */
  readonly timeout?: number;
}

/** The answer to a request. */
export interface Answer {
  /** 0 where the connection broke before an answer. */
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  /** The code of an error's body, or the reason why there is no answer; `ok` otherwise. */
  readonly code: string;
}

/** Posts a body and reads the whole answer, also one that arrives before the body is sent. Never rejects. */
export function send(url: string, sent: Sent): Promise<Answer> {
  const { body, key, path = '/v1/chat/completions', headers = {}, agent, timeout = 60_000 } = sent;
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const none = (code: string): void => resolve({ status: 0, headers: {}, text: '', code });
  const outgoing = request(url + path, {
    method: 'POST',
    agent: agent ?? false,
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...headers,
    },
  });
  const timer = setTimeout(() => outgoing.destroy(new Error('no answer in time')), timeout);
  let answered = false;
  outgoing.on('response', (response) => {
    answered = true;
    const pieces: Buffer[] = [];
    const done = (): void => {
      const text = Buffer.concat(pieces).toString();
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text, code: codeOf(text) });
    };
    response.on('data', (piece: Buffer) => pieces.push(piece));
    response.on('end', done);
    response.on('error', done);
    response.on('close', done);
  });
  // An answer may arrive although the rest of the body can no longer be sent.
  outgoing.on('error', (error: NodeJS.ErrnoException) => answered || none(error.code ?? error.message));
  outgoing.on('close', () => {
    clearTimeout(timer);
    if (!answered) none('closed');
  });
  outgoing.end(body);
  return promise;
}

/** The code of an error, in a JSON body or in the last event of a stream. */
function codeOf(text: string): string {
  return text.includes('"error"')
    ? (/"code":"(\w+)"/.exec(text.slice(text.lastIndexOf('"error"')))?.[1] ?? 'error')
    : 'ok';
}

/** The body of a small chat request. */
export function hello(more: object = {}): string {
  return JSON.stringify({ model: 'default', messages: [{ role: 'user', content: 'Hello' }], ...more });
}
