import { GatewayError } from './errors.ts';
import { LOCAL } from './principal.ts';
import type { RequestScope } from './scope.ts';

/**
 * The error as the principal of a request may see it: without the messages of its attempts, unless the request asks for them, or comes with
 * a key of the role `admin` or from the process itself. Clients of OpenAI's API search error bodies for words such as "rate limit" and
 * "maximum context length" (BerriAI/litellm, exception_mapping_utils.py), and would take a provider's message in the trail for the gateway's
 * own. Such clients call keyless gateways too, so the local client of one counts as no admin here.
 */
export function visibleTo(scope: Pick<RequestScope, 'principal' | 'options'>, error: GatewayError): GatewayError {
  const { code, details } = error;
  if (details.attempts === undefined || showsMessages(scope)) return error;
  const attempts = details.attempts.map((step) => ({ ...step, message: undefined }));
  return new GatewayError(code, { ...details, attempts });
}

/** Whether the principal of a request sees the messages of its attempts: see `visibleTo`. */
export function showsMessages({ principal, options }: Pick<RequestScope, 'principal' | 'options'>): boolean {
  if (options.include?.includes('trail') === true) return true;
  return principal.role === 'internal' || (principal.role === 'admin' && principal !== LOCAL);
}
