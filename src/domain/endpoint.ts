/** What a connection depends on. Requests may share a connection only where all of it is equal. */
export interface Endpoint {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Whether the configuration allows a private address. */
  readonly private: boolean;
  /** Certificate authorities that are trusted in addition to the default ones, in PEM. */
  readonly ca: string | undefined;
  /** Equal for equal endpoints. */
  readonly id: string;
}
