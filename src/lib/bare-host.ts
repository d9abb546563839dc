/** A host without the brackets that URLs put around IPv6 addresses: `::1` for `[::1]`. Any other host is returned as it is. */
export function bareHost(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}
