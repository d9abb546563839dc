import type { Key, KeyInput } from 'spillway/client';
import { ALLOWANCE_FIELDS, type AllowanceDraft, draftOf, NO_ALLOWANCE, readAllowance } from './allowance-draft.ts';

/** What a key may do. */
export const ROLES = [
  { value: 'caller', word: 'caller: calls models' },
  { value: 'viewer', word: 'viewer: reads what operators see' },
  { value: 'admin', word: 'admin: everything' },
] as const;

/** The members of an input that have a field. The tenant of a key that exists has none. */
export const KEY_FIELDS: readonly string[] = [
  'name',
  'role',
  'chains',
  'models',
  'expires_in',
  'note',
  ...ALLOWANCE_FIELDS,
];

/** The fields of a key, as they are written. */
export interface KeyDraft {
  readonly name: string;
  readonly role: (typeof ROLES)[number]['value'];
  readonly tenant: string;
  /** Names, separated by commas; empty for all. */
  readonly chains: string;
  /** Patterns over `provider/model`, separated by commas; empty for all. */
  readonly models: string;
  /** A duration such as `90d`; empty for none, and for no change. */
  readonly expiresIn: string;
  readonly note: string;
  readonly allowance: AllowanceDraft;
}

/** The fields of a new key. */
export const NEW_KEY: KeyDraft = Object.freeze({
  name: '',
  role: 'caller',
  tenant: '',
  chains: '',
  models: '',
  expiresIn: '',
  note: '',
  allowance: NO_ALLOWANCE,
});

/** The fields of a key as it is. */
export function draftOfKey(key: Key): KeyDraft {
  return {
    name: key.name,
    role: ROLES.find(({ value }) => value === key.role)?.value ?? 'caller',
    tenant: key.tenant ?? '',
    chains: key.chains?.join(', ') ?? '',
    models: key.models?.join(', ') ?? '',
    expiresIn: '',
    note: key.note ?? '',
    allowance: draftOf(key.limits, key.budgets),
  };
}

/** What is sent of the fields, or what is wrong with them by the names of members. The gateway judges the rest. */
export interface ReadKey {
  readonly input: Omit<KeyInput, 'tenant'>;
  readonly problems: Readonly<Record<string, string>>;
}

/** Reads the fields; `key` is the one that is changed. An empty field removes the member. */
export function readKey(draft: KeyDraft, key?: Key): ReadKey {
  const { limits, budgets, problems } = readAllowance(draft.allowance, key?.budgets);
  const expiresIn = draft.expiresIn.trim();
  const input = {
    name: draft.name.trim(),
    role: draft.role,
    chains: namesIn(draft.chains),
    models: namesIn(draft.models),
    note: draft.note.trim() === '' ? null : draft.note.trim(),
    limits,
    budgets,
    ...(expiresIn === '' ? {} : { expires_in: expiresIn }),
  };
  return { input, problems: { ...(input.name === '' ? { name: 'A name is needed.' } : {}), ...problems } };
}

function namesIn(text: string): string[] | null {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return names.length === 0 ? null : names;
}
