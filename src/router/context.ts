import type { RequestScope } from '../domain/scope.ts';
import type { RunChain } from '../chain/run.ts';

/** What a procedure sees of the world. Nothing of any HTTP library, so that clients' types need none. */
export interface Context {
  readonly scope: RequestScope;
  /** The caller's body as it came; undefined in process. */
  readonly bytes: Buffer | undefined;
  readonly run: RunChain;
  /** Whether the gateway takes requests. */
  readonly ready: () => boolean;
}

/** Who may call a procedure. `public` needs no key. */
export type Access = 'public' | 'caller' | 'admin';

/** What every procedure declares of itself. */
export interface Meta {
  readonly access: Access;
  /** Its place in the REST facade; without one it is not there. */
  readonly rest?: RestMeta | undefined;
}

/** A procedure's place in the REST facade. */
export interface RestMeta {
  readonly method: 'GET' | 'POST';
  /** Path below the prefix, with `{name}` for one that becomes an input field and takes the rest of the path. */
  readonly path: string;
  /** `v1` routes answer below `/v1` and bare; `root` ones only at their own path. */
  readonly prefix: 'v1' | 'root';
  /** Path of the subscription that answers when the body says `"stream": true`. */
  readonly streams?: string | undefined;
}
