import type { Picture, PictureStep } from './picture.ts';

/** One line of the picture: a step, several that were skipped for one reason, or steps that are not shown. */
export type Lane =
  | { readonly kind: 'step'; readonly id: string; readonly step: PictureStep }
  | { readonly kind: 'folded'; readonly id: string; readonly steps: readonly [PictureStep, ...PictureStep[]] }
  | { readonly kind: 'hidden'; readonly id: string; readonly count: number }
  | { readonly kind: 'omitted'; readonly id: string; readonly count: number };

/** The most lanes of a picture before it shows all. */
export const MAX_LANES = 12;

/** What the viewer has opened. */
export interface LaneOptions {
  /** Ids of folded lanes that are shown one by one. */
  readonly opened: ReadonlySet<string>;
  readonly showAll: boolean;
}

/** The lanes of a request. Two or more entries that were skipped one after the other for one reason share a lane until it is opened. */
export function lanesOf({ steps, omitted }: Pick<Picture, 'steps' | 'omitted'>, options: LaneOptions): readonly Lane[] {
  const lanes: Lane[] = [];
  for (let at = 0; at < steps.length;) {
    const run = skippedAlike(steps, at);
    const [first] = run;
    if (first === undefined) break;
    const id = `${run.length > 1 ? 'fold' : 'step'}-${at}`;
    if (run.length === 1 || options.opened.has(id))
      lanes.push(...run.map((step, nth): Lane => ({ kind: 'step', id: `step-${at + nth}`, step })));
    else lanes.push({ kind: 'folded', id, steps: [first, ...run.slice(1)] });
    at += run.length;
  }
  if (omitted > 0) lanes.splice(-1, 0, { kind: 'omitted', id: 'omitted', count: omitted });
  return options.showAll ? lanes : bounded(lanes);
}

/** The step at this place, with those after it that were skipped for the same reason. */
function skippedAlike(steps: readonly PictureStep[], at: number): readonly PictureStep[] {
  const first = steps[at];
  if (first === undefined) return [];
  if (first.fate !== 'skipped') return [first];
  let end = at + 1;
  while (steps[end]?.fate === 'skipped' && steps[end]?.reason === first.reason) end += 1;
  return steps.slice(at, end);
}

/** The first lanes and the last one, which shows how it ended. */
function bounded(lanes: readonly Lane[]): readonly Lane[] {
  if (lanes.length <= MAX_LANES) return lanes;
  const count = lanes.length - (MAX_LANES - 1);
  return [...lanes.slice(0, MAX_LANES - 2), { kind: 'hidden', id: 'hidden', count }, ...lanes.slice(-1)];
}
