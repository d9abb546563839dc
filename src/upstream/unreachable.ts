/** Why no connection to a provider was even tried to its end. The message is safe to show: no address, no credentials. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}
