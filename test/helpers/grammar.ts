import type { StreamGrammar } from '../../src/domain/stream-grammar.ts';

/** A grammar with some of its methods replaced; the others are called on the original. */
export function grammarWith(original: StreamGrammar, own: Partial<StreamGrammar>): StreamGrammar {
  return {
    inspect: (event) => original.inspect(event),
    skim: (text, from) => original.skim(text, from),
    complete: () => original.complete(),
    settled: () => original.settled(),
    problem: () => original.problem(),
    finish: () => original.finish(),
    outputBytes: () => original.outputBytes(),
    ...own,
  };
}
