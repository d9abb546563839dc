import { NEED_RESTART } from './active-config.ts';
import { type ConfigChanges, changesBetween, type NewerConfig } from './changes.ts';
import { checkConfigText, type ConfigText, type TextProblem } from './check-text.ts';
import type { ShownConfig } from './view.ts';

/** A text, and the configurations that it is compared with, as operators may see them. */
export interface ComparedText extends ConfigText {
  /** The one that is served. */
  readonly served: ShownConfig;
  /** The one that the gateway was started with. */
  readonly started: ShownConfig;
}

/** What a reload of a text would do. */
export interface ComparedChanges extends ConfigChanges {
  /** Sections that differ from those of the start, and take effect at the next one. */
  readonly restart: readonly string[];
}

/** A text that was checked. */
export interface ComparedCheck {
  readonly problems: readonly TextProblem[];
  /** Undefined where the text has problems, and where it says nothing without the values of its variables. */
  readonly compared: ComparedChanges | undefined;
}

/** Checks a text as `checkConfigText` does, and says what it changes. Pure. */
export function checkAgainst({ served, started, ...text }: ComparedText): ComparedCheck {
  const { problems, known } = checkConfigText(text);
  if (known === undefined) return { problems, compared: undefined };
  const restart = NEED_RESTART.filter((section) => differs(started, known, section));
  return { problems, compared: { ...changesBetween(served, known), restart } };
}

function differs(started: ShownConfig, known: NewerConfig, section: string): boolean {
  const { changes } = changesBetween(only(started, section), { ...known, view: only(known.view, section) });
  return changes.length > 0;
}

function only(view: ShownConfig, section: string): ShownConfig {
  return Object.hasOwn(view, section) ? { [section]: view[section] } : {};
}
