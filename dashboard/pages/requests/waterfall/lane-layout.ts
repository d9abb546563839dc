import type { Lane } from './lanes.ts';
import { answerEnd, type Fate, type Picture, type PictureStep } from './picture.ts';
import { placeBar } from './place-bar.ts';
import type { TimeScale } from './time-scale.ts';

/** A part of an attempt's time. `queued`: the whole request waits. */
export type Phase = 'queued' | 'connecting' | 'waiting' | 'streaming';

/** A part of a bar. Places in pixels, times in milliseconds since the accept. */
export interface Segment {
  readonly phase: Phase;
  readonly fate: Fate;
  readonly x: number;
  readonly width: number;
  readonly from: number;
  readonly to: number;
}

/** The end of a bar that is worth a mark: a failure, the client's disconnect, or an answer that arrived at once. */
export interface Cap {
  readonly kind: 'failed' | 'cut' | 'answer';
  readonly x: number;
  readonly at: number;
}

/** A lane with the places of what it shows. */
export interface LaneLayout {
  readonly lane: Lane;
  readonly segments: readonly Segment[];
  /** Where the attempt's reservation was made; null for a lane without an attempt. */
  readonly reserved: number | null;
  readonly cap: Cap | null;
  /** Where the entry was skipped. */
  readonly diamond: number | null;
}

interface LaneTools {
  readonly scale: TimeScale;
  readonly width: number;
  readonly isFirst: boolean;
}

/** Places a lane. */
export function layOutLane(picture: Picture, lane: Lane, { scale, width, isFirst }: LaneTools): LaneLayout {
  const queue: Part[] = isFirst && picture.queued > 0 ? [{ phase: 'queued', from: 0, to: picture.queued }] : [];
  const step = lane.kind === 'step' ? lane.step : lane.kind === 'folded' ? lane.steps[0] : undefined;
  if (step === undefined || step.fate === 'skipped') {
    const diamond = step === undefined ? null : scale.xOf(step.from);
    const segments = place(queue, { scale, width, fate: 'skipped' });
    return { lane, segments, reserved: null, cap: null, diamond };
  }
  const queued = queue.map((part) => ({ ...part, to: Math.min(part.to, step.from) })).filter(({ to }) => to > 0);
  const segments = place([...queued, ...partsOf(picture, step)], { scale, width, fate: step.fate });
  const bar = segments.filter(({ phase }) => phase !== 'queued');
  const last = bar.at(-1);
  const kind = capOf(picture, step);
  const cap: Cap | null = kind === null || last === undefined ? null : { kind, x: last.x + last.width, at: step.to };
  return { lane, segments, reserved: bar[0]?.x ?? scale.xOf(step.from), cap, diamond: null };
}

/** A part of a lane's time, without its place. */
interface Part {
  readonly phase: Phase;
  readonly from: number;
  readonly to: number;
}

function partsOf({ committed, stream }: Picture, step: PictureStep): readonly Part[] {
  const commit = step.fate === 'answered' && stream ? committed : null;
  const waitEnd = commit === null ? step.to : Math.max(step.from, Math.min(commit, step.to));
  const connected = step.connected === null ? null : Math.min(step.connected, waitEnd);
  const parts: Part[] = [];
  if (connected !== null) parts.push({ phase: 'connecting', from: step.from, to: connected });
  parts.push({ phase: 'waiting', from: connected ?? step.from, to: waitEnd });
  if (commit !== null) parts.push({ phase: 'streaming', from: waitEnd, to: step.to });
  return parts;
}

function capOf(picture: Picture, step: PictureStep): Cap['kind'] | null {
  if (step.fate === 'failed') return 'failed';
  if (step.fate === 'lost') return 'cut';
  if (step.fate !== 'answered') return null;
  const end = answerEnd(picture);
  if (end === 'failed') return 'failed';
  if (end === 'cut') return 'cut';
  return picture.stream ? null : 'answer';
}

function place(parts: readonly Part[], { scale, width, fate }: Omit<LaneTools, 'isFirst'> & { readonly fate: Fate }) {
  const split = scale.split ?? width;
  const before = parts.filter(({ phase }) => phase !== 'streaming' || scale.split === null);
  const after = parts.filter(({ phase }) => phase === 'streaming' && scale.split !== null);
  // A bar that ends before the commit never reaches into what the client has seen; one that went on beside the answer does.
  const reaches = before.some(({ to }) => scale.split !== null && scale.xOf(to) > split);
  return [
    ...placeBar(before, { xOf: (ms) => scale.xOf(ms), left: 0, right: reaches ? width : split }),
    ...placeBar(after, { xOf: (ms) => scale.xOf(ms), left: split, right: width }),
  ].map(({ x, width: wide, part }): Segment => ({ ...part, fate, x, width: wide }));
}
