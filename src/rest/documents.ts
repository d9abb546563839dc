import type { RequestScope } from '../domain/scope.ts';
import type { DocumentRoute } from './routes.ts';

/** A document that the facade serves beside the procedures. */
export interface ServedDocument {
  readonly route: DocumentRoute;
  /** With its type. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether it needs no key at present, whatever its route declares; never unless given. */
  readonly isPublic?: (() => boolean) | undefined;
  /** Its content for a request that was admitted. Rejects with a GatewayError to refuse it. */
  readonly read: (scope: RequestScope) => Promise<Buffer>;
}
