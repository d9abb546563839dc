/** Environment variables. */
type Environment = Readonly<Record<string, string | undefined>>;

/** Names of headers, and values that may be sent. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~\w-]+$/;
const HEADER_VALUE = /^[\t -~]*$/;

/**
 * The attributes of what sends: `own`, over which OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME take precedence. A variable that is malformed counts as
 * unset, and is reported without its value (https://opentelemetry.io/docs/specs/otel/resource/sdk/#specifying-resource-information-via-an-environment-variable).
 */
export function resourceOf(
  own: Readonly<Record<string, string>>,
  environment: Environment,
  onProblem: (message: string) => void,
): Readonly<Record<string, string>> {
  const service = environment['OTEL_SERVICE_NAME'];
  const given = pairsOf(environment, 'OTEL_RESOURCE_ATTRIBUTES', onProblem);
  return { ...own, ...given, ...(service ? { 'service.name': service } : {}) };
}

/**
 * The headers of requests to a collector of traces: OTEL_EXPORTER_OTLP_HEADERS, and OTEL_EXPORTER_OTLP_TRACES_HEADERS over them, with names in lower
 * case. A variable that is malformed counts as unset, and is reported without its value.
 */
export function headersOf(
  environment: Environment,
  onProblem: (message: string) => void,
): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const variable of ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS'])
    for (const [name, value] of Object.entries(pairsOf(environment, variable, onProblem, isHeader)))
      headers[name.toLowerCase()] = value;
  return headers;
}

/** The pairs of `name=value,name=value` in a variable; names and values are percent-encoded. */
function pairsOf(
  environment: Environment,
  variable: string,
  onProblem: (message: string) => void,
  isValid: (name: string, value: string) => boolean = () => true,
): Readonly<Record<string, string>> {
  const pairs: [string, string][] = [];
  for (const part of (environment[variable] ?? '').split(',')) {
    if (part.trim() === '') continue;
    const pair = pairOf(part);
    if (pair === undefined || !isValid(...pair)) {
      onProblem(`traces: ${variable} is malformed, and is ignored; write name=value,name=value`);
      return {};
    }
    pairs.push(pair);
  }
  return Object.fromEntries(pairs);
}

function pairOf(text: string): [string, string] | undefined {
  const at = text.indexOf('=');
  if (at === -1) return undefined;
  try {
    const name = decodeURIComponent(text.slice(0, at).trim());
    return name === '' ? undefined : [name, decodeURIComponent(text.slice(at + 1).trim())];
  } catch {
    return undefined;
  }
}

function isHeader(name: string, value: string): boolean {
  return HEADER_NAME.test(name) && HEADER_VALUE.test(value);
}
