import type { Lane } from './lanes.ts';
import { answerEnd, answeredStep, type Fate, type Picture, type PictureStep } from './picture.ts';
import { placeBar } from './place-bar.ts';
import { type Tick, TimeScale } from './time-scale.ts';

/** Where the commit stands, as a share of the width. */
export const COMMIT_SHARE = 0.62;
/** The shortest time after a commit that is worth a scale of its own, in milliseconds. */
const MIN_STREAM_MS = 1;

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

/** A line from the end of an attempt, or from the first skipped entry, down to the next start. */
export interface Fall {
  /** Lanes by their places from the top. */
  readonly fromLane: number;
  readonly toLane: number;
  readonly fromX: number;
  readonly toX: number;
  /** Whether an attempt began there. */
  readonly arrow: boolean;
  /** Whether it began beside an attempt that went on. */
  readonly hedge: boolean;
}

/** A part of the whole time. The parts follow each other and add up to the total. `waited`: for the queue, or for an attempt that was too slow. */
export interface Sum {
  readonly kind: 'lost' | 'waited' | 'first' | 'stream' | 'failed' | 'cut';
  readonly from: number;
  readonly to: number;
  readonly x: number;
  readonly width: number;
}

/** Everything that is drawn of a request, in pixels. */
export interface WaterfallLayout {
  readonly width: number;
  readonly scale: TimeScale;
  readonly ticks: readonly Tick[];
  /** The place of the commit, and whether the scale changes there; null without a commit. */
  readonly commit: { readonly x: number; readonly splits: boolean } | null;
  readonly lanes: readonly LaneLayout[];
  readonly falls: readonly Fall[];
  readonly sums: readonly Sum[];
}

/** Places the lanes of a request within this width, in pixels. */
export function layOut(picture: Picture, lanes: readonly Lane[], width: number): WaterfallLayout {
  const scale = scaleOf(picture, width);
  const layouts = lanes.map((lane, at) => layOutLane(picture, lane, { scale, width, isFirst: at === 0 }));
  const { committed } = picture;
  return {
    width,
    scale,
    ticks: scale.ticks(),
    commit: committed === null ? null : { x: scale.xOf(committed), splits: scale.split !== null },
    lanes: layouts,
    falls: fallsOf(layouts, scale),
    sums: sumsOf(picture, scale),
  };
}

/** One scale, or one on each side of the commit of a stream: a long answer would squeeze what was before it into nothing. */
function scaleOf(picture: Picture, width: number): TimeScale {
  const { committed, stream, total, end } = picture;
  const isOpen = end === null;
  if (committed === null || !stream || committed <= 0 || (!isOpen && total - committed < MIN_STREAM_MS))
    return new TimeScale([{ from: 0, to: isOpen ? openEnd(total) : Math.max(total, 0.1), left: 0, right: width }]);
  const split = width * COMMIT_SHARE;
  const to = isOpen ? committed + openEnd(total - committed) : total;
  return new TimeScale([
    { from: 0, to: committed, left: 0, right: split },
    { from: committed, to, left: split, right: width },
  ]);
}

const OPEN_ENDS_S = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 3600] as const;

/** The end of the scale of what is still running: it changes seldom, so that only bars grow. */
function openEnd(ms: number): number {
  const seconds = OPEN_ENDS_S.find((end) => end * 1000 >= ms * 1.05);
  return seconds === undefined ? ms * 1.5 : seconds * 1000;
}

interface LaneTools {
  readonly scale: TimeScale;
  readonly width: number;
  readonly isFirst: boolean;
}

function layOutLane(picture: Picture, lane: Lane, { scale, width, isFirst }: LaneTools): LaneLayout {
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

function fallsOf(lanes: readonly LaneLayout[], scale: TimeScale): readonly Fall[] {
  const falls: Fall[] = [];
  /** The end from which the chain went on. */
  let from: { lane: number; x: number; to: number } | undefined;
  lanes.forEach((layout, at) => {
    const { lane, diamond, reserved, cap } = layout;
    if (diamond !== null) {
      from ??= { lane: at, x: diamond, to: 0 };
      const isLastSkipped = lanes.slice(at + 1).every((after) => after.diamond === null && after.reserved === null);
      if (isLastSkipped && from.lane !== at)
        falls.push({ fromLane: from.lane, toLane: at, fromX: from.x, toX: diamond, arrow: false, hedge: false });
      return;
    }
    if (lane.kind !== 'step' || reserved === null) return;
    const { step } = lane;
    if (step.hedge) {
      const beside = lanes.findLastIndex((each, i) => i < at && isRunningAt(each, step.from));
      const x = scale.xOf(step.from);
      if (beside >= 0) falls.push({ fromLane: beside, toLane: at, fromX: x, toX: reserved, arrow: true, hedge: true });
    } else if (from !== undefined) {
      falls.push({ fromLane: from.lane, toLane: at, fromX: from.x, toX: reserved, arrow: true, hedge: false });
    }
    if (cap?.kind === 'failed') from = { lane: at, x: cap.x, to: step.to };
    else if (!step.hedge) from = undefined;
  });
  return falls;
}

function isRunningAt({ lane }: LaneLayout, ms: number): boolean {
  return lane.kind === 'step' && lane.step.fate !== 'skipped' && lane.step.from <= ms && lane.step.to >= ms;
}

function sumsOf(picture: Picture, scale: TimeScale): readonly Sum[] {
  const { committed, total, end, stream } = picture;
  const sum = (kind: Sum['kind'], from: number, to: number): Sum => {
    const x = scale.xOf(from);
    return { kind, from, to, x, width: scale.xOf(to) - x };
  };
  if (committed === null) {
    const kind =
      end === null ? 'first' : end.code === 'client_closed' || end.code === 'run_cancelled' ? 'cut' : 'failed';
    return [sum(kind, 0, total)];
  }
  const lost = lostMs(picture);
  const firstEnd = stream && scale.split !== null ? committed : total;
  return [
    ...(lost > 0 ? [sum(hasFailedBefore(picture, lost) ? 'lost' : 'waited', 0, lost)] : []),
    sum('first', lost, firstEnd),
    ...(firstEnd < total ? [sum('stream', firstEnd, total)] : []),
  ];
}

/** Whether an attempt had failed by then, in milliseconds since the accept. */
export function hasFailedBefore({ steps }: Pick<Picture, 'steps'>, ms: number): boolean {
  return steps.some(({ fate, to }) => fate === 'failed' && to <= ms + 1);
}

/** Milliseconds before the attempt that answered began, where another one had failed, was too slow, or the request had to wait; else 0. */
export function lostMs(picture: Picture): number {
  const answered = answeredStep(picture);
  if (answered === undefined) return 0;
  const waited = picture.queued > 0 || answered.hedge;
  if (!waited && !hasFailedBefore(picture, answered.from)) return 0;
  return Math.min(answered.from, picture.committed ?? answered.from);
}
