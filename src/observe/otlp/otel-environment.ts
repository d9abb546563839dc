/** Environment variables. */
type Environment = Readonly<Record<string, string | undefined>>;

const ATTRIBUTES = 'OTEL_RESOURCE_ATTRIBUTES';
/** The later one wins. */
const HEADERS = ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS'] as const;

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
  const given = parsePairs(environment[ATTRIBUTES] ?? '');
  if (given === undefined) onProblem(malformed(ATTRIBUTES));
  return { ...own, ...Object.fromEntries(given ?? []), ...(service ? { 'service.name': service } : {}) };
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
  for (const variable of HEADERS) {
    const pairs = parsePairs(environment[variable] ?? '');
    if (pairs?.every(isHeader)) for (const [name, value] of pairs) headers[name.toLowerCase()] = value;
    else onProblem(malformed(variable));
  }
  return headers;
}

/** The pairs of `name=value,name=value`; names and values are percent-encoded. Undefined where one is malformed. */
function parsePairs(text: string): readonly (readonly [name: string, value: string])[] | undefined {
  const parts = text.split(',').filter((part) => part.trim() !== '');
  const pairs = parts.map(pairOf).filter((pair) => pair !== undefined);
  return pairs.length === parts.length ? pairs : undefined;
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

function isHeader([name, value]: readonly [string, string]): boolean {
  return HEADER_NAME.test(name) && HEADER_VALUE.test(value);
}

function malformed(variable: string): string {
  return `traces: ${variable} is malformed, and is ignored; write name=value,name=value`;
}
