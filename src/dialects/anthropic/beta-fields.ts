/** Top-level fields that only a beta has, by the beginning of its word. */
const FIELDS: Readonly<Record<string, string>> = Object.freeze({
  context_management: 'context-management-',
  mcp_servers: 'mcp-client-',
  container: 'code-execution-',
  speed: 'fast-mode-',
  fallbacks: 'server-side-fallback-',
  output_format: 'structured-outputs-',
});

/** The fields of a body that a server without their beta refuses: "Extra inputs are not permitted". `betas`: those that it has; undefined for all. */
export function betaFieldsIn(fields: readonly string[], betas: readonly string[] | undefined): readonly string[] {
  if (betas === undefined) return [];
  return fields.filter((field) => {
    const beta = Object.hasOwn(FIELDS, field) ? FIELDS[field] : undefined;
    return beta !== undefined && !betas.some((word) => word.startsWith(beta));
  });
}
