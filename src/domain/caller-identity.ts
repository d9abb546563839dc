import { PRIORITIES, type Priority } from './overload.ts';
import { type Principal, RESERVED_NAMES, type Role } from './principal.ts';

/** A principal as an application describes it. An absent list of chains, models or operations allows all of them. */
export interface PrincipalInput {
  /** Unique among the principals of a gateway, its keys included: requests of one id take turns, and records have it. */
  readonly id: string;
  /** Its name in records and log lines; the id unless given. */
  readonly name?: string | undefined;
  /** `caller` unless given. */
  readonly role?: Exclude<Role, 'internal'> | undefined;
  /** Recorded; an empty text unless given. */
  readonly tenant?: string | undefined;
  /** Chains, aliases and `provider/model` pairs that it may use. */
  readonly chains?: readonly string[] | undefined;
  /** Patterns over `provider/model`, in which `*` stands for any run of characters: other entries of a chain are skipped. */
  readonly models?: readonly string[] | undefined;
  /** Names of operations. */
  readonly operations?: readonly string[] | undefined;
  /** Whether it may read the bodies of requests, which only an `admin` may; false unless given. */
  readonly bodies?: boolean | undefined;
  /** Whether its new requests are refused first while the gateway is overloaded; `normal` unless given. */
  readonly priority?: Priority | undefined;
}

/** Who sends a request, as the application around the gateway has found out. */
export interface CallerIdentity {
  readonly principal: PrincipalInput;
  /** Labels of the request, for its record. */
  readonly tags?: readonly string[] | undefined;
  /** Cancels the request, beside its client's disconnect. */
  readonly signal?: AbortSignal | undefined;
}

/** The same, checked. */
export interface KnownCaller {
  readonly principal: Principal;
  readonly tags: readonly string[];
  readonly signal: AbortSignal | undefined;
}

const ROLES: readonly unknown[] = ['caller', 'viewer', 'admin'] satisfies PrincipalInput['role'][];

/**
 * Checks an identity. Throws a TypeError that names the wrong member: applications in JavaScript are not compiled, and a list that is a text would
 * allow other names than it lists.
 */
export function knownCallerOf({ principal, tags = [], signal }: CallerIdentity): KnownCaller {
  if (!isTexts(tags)) throw wrong('tags', 'a list of texts');
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw wrong('signal', 'an AbortSignal');
  return { principal: principalFrom(principal), tags, signal };
}

function principalFrom(input: PrincipalInput): Principal {
  if (typeof input !== 'object' || input === null) throw wrong('principal', 'an object with an id');
  const { id, name = id, role = 'caller', tenant = '', chains, models, operations, bodies = false, priority } = input;
  for (const [member, value] of Object.entries({ id, name })) {
    if (typeof value !== 'string' || value === '') throw wrong(`principal.${member}`, 'a text');
    if (RESERVED_NAMES.includes(value)) throw wrong(`principal.${member}`, `another name than '${value}'`);
  }
  if (!ROLES.includes(role)) throw wrong('principal.role', ROLES.join(' or '));
  if (typeof tenant !== 'string') throw wrong('principal.tenant', 'a text');
  for (const [member, list] of Object.entries({ chains, models, operations }))
    if (list !== undefined && !isTexts(list)) throw wrong(`principal.${member}`, 'a list of texts');
  if (typeof bodies !== 'boolean') throw wrong('principal.bodies', 'true or false');
  if (bodies && role !== 'admin') throw wrong('principal.bodies', `false for the role '${role}'`);
  if (priority !== undefined && !PRIORITIES.includes(priority))
    throw wrong('principal.priority', PRIORITIES.join(' or '));
  return Object.freeze({ id, name, role, tenant, chains, models, operations, bodies, priority });
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function wrong(member: string, expected: string): TypeError {
  return new TypeError(`The identity of a caller is not valid: \`${member}\` must be ${expected}.`);
}
