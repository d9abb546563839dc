/** The bodies of one request, compressed. The store does not look into them. */
export interface StoredBody {
  /** Id of the request's row. */
  readonly id: bigint;
  readonly request: Uint8Array | null;
  readonly answer: Uint8Array | null;
  /** What is known of them, as JSON. */
  readonly facts: string;
}
