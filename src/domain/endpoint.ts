/** What makes a connection: requests may share one only where all of it is equal. */
export interface Endpoint {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Whether the configuration allows an address here that is not public. */
  readonly private: boolean;
  /** Certificate authorities that are trusted here beside the usual ones, in PEM. */
  readonly ca: string | undefined;
  /** Equal for equal places. */
  readonly id: string;
}
