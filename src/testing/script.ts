/** One piece of a scripted body. `delay`: milliseconds before the data is sent. */
export type Chunk =
  | string
  | Buffer
  | { readonly data?: string | Buffer | undefined; readonly delay?: number | undefined };

/** The reply of a scripted upstream to one request. */
export interface Reply {
  /** 200 unless given. */
  readonly status?: number | undefined;
  readonly headers?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** Milliseconds before anything is sent. */
  readonly delay?: number | undefined;
  /** Bytes written straight to the socket instead of an HTTP reply. */
  readonly raw?: string | Buffer | undefined;
  /** False sends no head at all; with `end` this makes a server that is silent, closes or resets. */
  readonly head?: boolean | undefined;
  /** An object is sent as JSON. */
  readonly body?: string | Buffer | object | undefined;
  readonly chunks?: readonly Chunk[] | undefined;
  /**
   * How the reply ends: `done` (unless given) with the end that HTTP defines; `fin` closes the socket without the end of the body; `rst`
   * resets it once all bytes before were given to the system; `hang` keeps it open. A client that has not read everything when the reset
   * arrives sees an end instead: put a chunk that only has a delay before it.
   */
  readonly end?: 'done' | 'fin' | 'rst' | 'hang' | undefined;
}

/** A request as the scripted upstream received it. */
export interface ScriptedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** The replies: always the same, one after the other (the last one for all further requests), or as a function of the request decides. */
export type Script = Reply | readonly Reply[] | ((request: ScriptedRequest, n: number) => Reply | Promise<Reply>);

/** The reply of a script for the n-th request, counted from 0. */
export async function replyOf(script: Script, request: ScriptedRequest, n: number): Promise<Reply> {
  if (typeof script === 'function') return script(request, n);
  if (!isList(script)) return script;
  return script[Math.min(n, script.length - 1)] ?? {};
}

function isList(script: Reply | readonly Reply[]): script is readonly Reply[] {
  return Array.isArray(script);
}
