import type { Target } from '../../domain/chain.ts';

/** What a model takes in the Messages API. */
export interface MessageTraits {
  /** The longest answer in tokens; undefined where it is unknown. */
  readonly maxOutput: number | undefined;
  readonly thinking: 'adaptive' | 'budget' | 'none';
  /** Whether it takes `temperature`, `top_p` and `top_k`. */
  readonly sampling: boolean;
  /** Whether `temperature` and `top_p` exclude each other. */
  readonly oneSampler: boolean;
  /** Whether it continues an answer that the request has begun. */
  readonly prefill: boolean;
  /** Whether it knows the effort `xhigh`. */
  readonly xhigh: boolean;
  /** Whether it thinks also where a tool is forced. */
  readonly forcedThinking: boolean;
  /** Whether its answers follow a schema. */
  readonly schemas: boolean;
  /** Whether Anthropic searches the web for it. */
  readonly webSearch: boolean;
}

/** A vendor whose API is like Anthropic's. */
const COMPATIBLE: MessageTraits = Object.freeze({
  maxOutput: undefined,
  thinking: 'budget',
  sampling: true,
  oneSampler: false,
  prefill: true,
  xhigh: false,
  forcedThinking: false,
  schemas: true,
  webSearch: false,
});
const NEWEST: MessageTraits = Object.freeze({
  maxOutput: 128_000,
  thinking: 'adaptive',
  sampling: false,
  oneSampler: true,
  prefill: false,
  xhigh: true,
  forcedThinking: true,
  schemas: true,
  webSearch: true,
});
const OLDEST: MessageTraits = Object.freeze({ ...COMPATIBLE, maxOutput: 4096, thinking: 'none', schemas: false });

/** `claude-3-5-sonnet-...`, and `claude-opus-4-1-...` since version 4. A date has more digits than a version. */
const NAME =
  /claude-(?:(?<family>[a-z]+)-)?(?<major>\d)(?:[-.](?<minor>\d{1,2})(?!\d))?(?:-(?<oldFamily>opus|sonnet|haiku))?/;

/** What a target's model takes: what is configured, else what its name says. A Claude that is not known behaves like the newest. */
export function traitsOf({ model, capabilities }: Pick<Target, 'model' | 'capabilities'>): MessageTraits {
  const { maxOutputTokens, thinking, sampling, prefill, jsonSchema } = capabilities;
  const named = traitsByName(model.toLowerCase());
  return {
    ...named,
    maxOutput: maxOutputTokens ?? named.maxOutput,
    thinking: thinking ?? named.thinking,
    sampling: sampling ?? named.sampling,
    prefill: prefill ?? named.prefill,
    schemas: jsonSchema ?? named.schemas,
  };
}

function traitsByName(model: string): MessageTraits {
  if (!model.includes('claude')) return COMPATIBLE;
  const found = NAME.exec(model)?.groups;
  if (found === undefined) return model.includes('claude-instant') ? OLDEST : NEWEST;
  const { family, oldFamily, major, minor = '0' } = found;
  const version = Number(major) * 100 + Number(minor);
  return family === 'instant' || version < 307 ? oldTraits(version, oldFamily) : traitsOfVersion(version, family);
}

/** Claude 2 and 3, up to 3.5. */
function oldTraits(version: number, family: string | undefined): MessageTraits {
  return version >= 305 && family !== undefined ? { ...OLDEST, maxOutput: 8192 } : OLDEST;
}

function traitsOfVersion(version: number, family: string | undefined): MessageTraits {
  if (version >= 408) return NEWEST;
  if (version === 407) return { ...NEWEST, forcedThinking: false };
  const base = { ...NEWEST, sampling: true, xhigh: false, forcedThinking: false };
  if (version === 406) return base;
  const budget = { ...base, thinking: 'budget', prefill: true } as const;
  if (version === 405) return { ...budget, maxOutput: 64_000 };
  if (version >= 401) return { ...budget, maxOutput: 32_000 };
  // 4, and 3.7.
  return { ...budget, maxOutput: family === 'opus' ? 32_000 : 64_000, oneSampler: false, schemas: false };
}
