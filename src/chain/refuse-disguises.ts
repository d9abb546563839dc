import type { Call } from '../domain/call.ts';
import type { Chain, Target } from '../domain/chain.ts';
import { GatewayError } from '../domain/errors.ts';
import { namesLike } from '../domain/parameter-rules.ts';

/**
 * Members by which servers in front of models let a client choose where a request goes, or with which key, without underscores. Models have no
 * such parameters.
 */
const REDIRECTS: ReadonlySet<string> = new Set(['baseurl', 'apibase', 'apikey', 'customhost', 'extraheaders']);

/**
 * Throws `invalid_request` for a top-level member that a provider may read as another one: a field of the API, or one that the chain's
 * configuration has a rule for, in another case. Some servers ignore the case of names and take the last one, so that `Model` decides in place of the
 * `model` that was checked. Throws it also for members that redirect a request.
 */
export function refuseDisguises({ body, operation }: Call, chain: Chain): void {
  for (const name of body.names) {
    if (ORDINARY.test(name)) continue;
    const folded = foldedOf(name);
    if (REDIRECTS.has(folded.replaceAll(/[_-]/g, '')))
      throw refusal(name, `'${name}' is no parameter of a model, and is not accepted.`);
    if (folded !== name && (operation.hasField(folded) || isRuled(folded, chain)))
      throw refusal(name, `'${name}' could be taken for '${folded}'; write it in lower case.`);
  }
}

/** Names in lower case that redirect nothing, as almost all are. */
const ORDINARY = /^(?!(?:base_*url|api_*(?:base|key)|custom_*host|extra_*headers)_*$)[\da-z][\da-z_.]*$/;

/** A name in lower case, with letters that become ASCII in it, such as the long s and the Kelvin sign. */
function foldedOf(name: string): string {
  return name.toUpperCase().toLowerCase();
}

/** Whether the configuration of one of the chain's targets edits a field. */
function isRuled(folded: string, { entries }: Chain): boolean {
  return entries.some(({ targets }) =>
    targets.some((target) => ruledBy(target).some((name) => foldedOf(name) === folded)),
  );
}

function ruledBy({ parameters, quirks: { rejects, renames } }: Target): readonly string[] {
  const { defaults, max, set } = parameters ?? {};
  const fields = [defaults, max, set].flatMap((each) => [...(each?.keys() ?? [])]);
  return [...fields.flatMap((field) => namesLike(field, renames)), ...rejects, ...Object.keys(renames)];
}

function refusal(param: string, message: string): GatewayError {
  return new GatewayError('invalid_request', { message, param });
}
