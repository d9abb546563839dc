/** The URL of a trace. `link`: with `{trace_id}` in place of its id. Undefined for a link that is none of the web's. */
export function traceUrl(link: string, traceId: string): string | undefined {
  const url = link.replaceAll('{trace_id}', encodeURIComponent(traceId));
  return /^https?:\/\//i.test(url) ? url : undefined;
}
