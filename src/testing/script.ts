/** One piece of a scripted body; a delay in milliseconds comes before the data. */
export type Chunk =
  | string
  | Buffer
  | { readonly data?: string | Buffer | undefined; readonly delay?: number | undefined };

/** What a scripted upstream answers one request with. */
export interface Reply {
  /** 200 unless given. */
  readonly status?: number | undefined;
  readonly headers?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** Milliseconds before anything is sent. */
  readonly delay?: number | undefined;
  /** Bytes straight onto the socket in place of any HTTP. */
  readonly raw?: string | Buffer | undefined;
  /** False sends no head at all: with `end` it makes a silent, a closing or a resetting server. */
  readonly head?: boolean | undefined;
  /** An object is sent as JSON. */
  readonly body?: string | Buffer | object | undefined;
  readonly chunks?: readonly Chunk[] | undefined;
  /**
   * How it ends: `done` (unless given) as HTTP wants it; `fin` closes the socket without the body's end; `rst` resets it once
   * all before it was handed to the system; `hang` leaves it open. A caller that has not read all when the reset comes sees an end
   * in its place: put a chunk with a delay alone before it.
   */
  readonly end?: 'done' | 'fin' | 'rst' | 'hang' | undefined;
}

/** A request as the scripted upstream saw it. */
export interface ScriptedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** What is answered: always the same, one after the other (the last one for all that follow), or as a function decides. */
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
