/** No connection to a provider could be opened, by the gateway's own decision or the proxy's. The message is safe to show: no address, no credentials. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}
