import type { RedactionRules } from '../../domain/body-rules.ts';
import type { StoredBody } from '../../store/request-log/stored-body.ts';
import type { TakenBody } from './redact-body.ts';

/** The bodies of one request as they were taken. */
export interface TakenBodies {
  readonly request: TakenBody | undefined;
  /** Undefined for a request that was not answered. */
  readonly answer: TakenBody | undefined;
}

/** The bodies of one request, redacted and compressed (zstd). */
export type PackedBodies = Omit<StoredBody, 'id'>;

/** What is posted to the worker: rules, which hold for all bodies after them, and bodies, one after the other. */
export type RedactCall =
  | { readonly kind: 'rules'; readonly rules: RedactionRules }
  | { readonly kind: 'bodies'; readonly bodies: TakenBodies };

/** What the worker posts: once that it works, and a reply to each of the bodies. */
export type RedactReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'packed'; readonly bodies: PackedBodies }
  | { readonly kind: 'failed' };
