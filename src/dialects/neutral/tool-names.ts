import { hash } from 'node:crypto';
import type { NeutralRequest, Tool } from './request.ts';

/** Names and ids that OpenAI's and Anthropic's APIs accept. */
const FITS = /^[a-zA-Z0-9_-]{1,64}$/;
/** Of a name that does not fit, so many characters are kept before the digest. */
const KEPT = 55;

/**
 * A tool's name or a call's id that these APIs accept: itself where it fits, else its beginning and 8 hexadecimal digits of its SHA-256. A pure function, so
 * that a name in the tools, the choice and the history, or the ids of a call and its result, agree without any state.
 */
export function fittingName(name: string): string {
  if (FITS.test(name)) return name;
  const digest = hash('sha256', name, 'hex').slice(0, 8);
  return `${name.slice(0, KEPT).replaceAll(/[^a-zA-Z0-9_-]/g, '_')}_${digest}`;
}

/** The name of a tool for an API without namespaces. */
export function sentName(name: string, namespace: string | undefined): string {
  return fittingName(namespace === undefined ? name : `${namespace}__${name}`);
}

/** A client's tool, as the client knows it. */
export interface KnownTool {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly freeform: boolean;
}

/** Restores the client's own name of a tool from the name that a provider said. */
export type RestoreName = (said: string) => KnownTool;

/**
 * Makes the table of one request's tools. A name that no tool was sent by is restored where it is the bare name of exactly one namespaced tool: models
 * leave namespaces out. A name that the model made up stays.
 */
export function restoreNames({ tools }: Pick<NeutralRequest, 'tools'>): RestoreName {
  const bySent = new Map<string, KnownTool>();
  const byBare = new Map<string, KnownTool | undefined>();
  for (const tool of tools) {
    const known = knownTool(tool);
    if (known === undefined) continue;
    bySent.set(sentName(known.name, known.namespace), known);
    if (known.namespace === undefined) continue;
    byBare.set(known.name, byBare.has(known.name) ? undefined : known);
  }
  return (said) => bySent.get(said) ?? byBare.get(said) ?? { name: said, namespace: undefined, freeform: false };
}

function knownTool(tool: Tool): KnownTool | undefined {
  if (tool.kind === 'hosted') return undefined;
  return { name: tool.name, namespace: tool.namespace, freeform: tool.kind === 'custom' };
}
