import type { RedactionRules } from '../../domain/body-rules.ts';
import { createRedact, type Redact } from '../../lib/redact.ts';
import { REDACTED } from '../../lib/secret-values.ts';
import { PERSONAL_DATA, type PersonalData } from './personal-data.ts';

/** How often something was replaced, by the name of what it was: one of the known redactions, or `pattern`. */
export type RedactionCounts = Readonly<Record<string, number>>;

/** Redacts the strings of one body, and counts what it replaces. */
export interface BodyRedactor {
  readonly counts: RedactionCounts;
  /** A text without what the rules name. `name`: of the member that it is the value of, which may say that it is a secret. */
  redact(text: string, name?: string): string;
}

/** The longest value of a member whose name is read, too: passwords and keys are short. */
const LONGEST_NAMED = 1000;

/** Compiles rules once; the result makes the redactor of each body. Throws for a pattern that is no regular expression. */
export function createRedactors(rules: Pick<RedactionRules, 'known' | 'patterns' | 'secrets'>): () => BodyRedactor {
  const { known } = rules;
  const secrets = known.includes('secrets') ? createRedact(rules.secrets) : undefined;
  const patterns = rules.patterns.map((pattern) => new RegExp(pattern, 'gu'));
  const personal = PERSONAL_DATA.filter(({ name }) => known.includes(name));
  return () => new Redactor(secrets, patterns, personal);
}

class Redactor implements BodyRedactor {
  readonly #secrets: Redact | undefined;
  readonly #patterns: readonly RegExp[];
  readonly #personal: readonly PersonalData[];
  readonly #counts = new Map<string, number>();

  constructor(secrets: Redact | undefined, patterns: readonly RegExp[], personal: readonly PersonalData[]) {
    this.#secrets = secrets;
    this.#patterns = patterns;
    this.#personal = personal;
  }

  get counts(): RedactionCounts {
    return Object.fromEntries(this.#counts);
  }

  redact(text: string, name?: string): string {
    let clean = this.#withoutSecrets(text, name);
    for (const pattern of this.#patterns)
      clean = clean.replace(pattern, (match) =>
        match === '' || match === REDACTED ? match : this.#replaced('pattern'),
      );
    for (const { name: kind, pattern, lengthIn } of this.#personal)
      clean = clean.replace(pattern, (match) => {
        const length = lengthIn(match);
        return length === 0 ? match : this.#replaced(kind) + match.slice(length);
      });
    return clean;
  }

  #withoutSecrets(text: string, name: string | undefined): string {
    if (this.#secrets === undefined) return text;
    const clean = this.#secrets(text);
    if (clean !== text) this.#count('secrets', Math.max(1, marksIn(clean) - marksIn(text)));
    else if (name !== undefined && text !== '' && text.length <= LONGEST_NAMED && this.#isNamedSecret(text, name))
      return this.#replaced('secrets');
    return clean;
  }

  #isNamedSecret(text: string, name: string): boolean {
    const member = `${JSON.stringify(name)}: ${JSON.stringify(text)}`;
    return this.#secrets?.(member) !== member;
  }

  #replaced(kind: string): string {
    this.#count(kind, 1);
    return REDACTED;
  }

  #count(kind: string, times: number): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + times);
  }
}

function marksIn(text: string): number {
  return text.split(REDACTED).length - 1;
}
