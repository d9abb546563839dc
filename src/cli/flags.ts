/** The flags of every command, read and checked. */
export interface Flags {
  readonly config: string | undefined;
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly demo: boolean;
}
