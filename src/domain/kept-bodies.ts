/** A body that is kept, without what was redacted. */
export interface KeptBody {
  /** `json`: one JSON text. `events`: those of a stream, each an optional `event:` line, a `data:` line and an empty one. */
  readonly format: 'json' | 'events';
  readonly text: string;
  /** Size of the body as it was sent, in bytes. */
  readonly bytes: number;
  /** Whether its end is missing. */
  readonly cut: boolean;
  /** How often something was replaced by `***`, by what it was: `secrets`, `email`, `phone`, `card`, `iban` or `pattern`. */
  readonly redactions: Readonly<Record<string, number>>;
}

/** The bodies of one request of the log. */
export interface RequestBodies {
  readonly object: 'request.body';
  /** Of its row. */
  readonly id: string;
  readonly request_id: string;
  readonly request: KeptBody | null;
  /** Null for a request without an answer: its row has the code of the error. */
  readonly answer: KeptBody | null;
}
