import { formatCount, formatRate, formatTime } from '../../../parts/numbers.ts';
import { answerEnd, type Picture, type PictureStep } from './picture.ts';
import type { LaneLayout, Segment } from './lane-layout.ts';
import type { WaterfallLayout } from './waterfall-layout.ts';
import { nameOf, whySkipped, spanWords, whyOf } from './words.ts';

/** A thing of the picture that can be pointed at, focused and read: a segment, the mark at a bar's end, or a skipped entry. */
export interface Item {
  readonly id: string;
  /** Its lane, counted from the top. */
  readonly lane: number;
  readonly kind: 'segment' | 'cap' | 'diamond';
  /** Its middle, in pixels. */
  readonly x: number;
  /** What the readout says: which entry and what, then the figures. */
  readonly strong: string;
  readonly rest: string;
  /** Whether it is where the answer became final. */
  readonly isCommit: boolean;
}

/** The items of a picture, lane by lane, each from left to right. */
export function itemsOf(picture: Picture, { lanes }: WaterfallLayout): readonly Item[] {
  return lanes.flatMap((layout, lane) => {
    const { segments, cap, diamond } = layout;
    const items: Item[] = segments.map((segment, at) => ({
      id: `${layout.lane.id}-${at}`,
      lane,
      kind: 'segment',
      x: segment.x + segment.width / 2,
      isCommit: segment.phase === 'streaming',
      ...segmentWords(picture, layout, segment),
    }));
    const ends = { id: `${layout.lane.id}-end`, lane };
    if (cap !== null) {
      const words = capWords(picture, layout, cap.at);
      items.push({ ...ends, kind: 'cap', x: cap.x, isCommit: cap.kind === 'answer', ...words });
    }
    if (diamond !== null)
      items.push({ ...ends, kind: 'diamond', x: diamond, isCommit: false, ...skippedWords(layout) });
    return items;
  });
}

/** The item that says why the request did not get its first entry's answer; else where it was answered. */
export function firstShown(items: readonly Item[], { lanes }: WaterfallLayout): Item | undefined {
  const failed = items.find(({ kind, lane }) => kind === 'cap' && lanes[lane]?.cap?.kind === 'failed');
  return (
    failed ?? items.find(({ kind }) => kind === 'diamond') ?? items.find(({ isCommit }) => isCommit) ?? items.at(-1)
  );
}

/** The most entries of a folded lane that its words name. */
const MOST_NAMES = 4;

interface Words {
  readonly strong: string;
  readonly rest: string;
}

function segmentWords(picture: Picture, { lane }: LaneLayout, { phase, from, to }: Segment): Words {
  if (phase === 'queued' || lane.kind !== 'step')
    return { strong: 'In the queue', rest: `${spanWords(from, to)}: no entry could be tried before` };
  const name = entryName(lane.step);
  const span = spanWords(from, to);
  if (phase === 'connecting') return { strong: `${name}, connecting`, rest: span };
  if (phase === 'waiting')
    return { strong: `${name}, waiting for the ${picture.stream ? 'first token' : 'answer'}`, rest: span };
  const { outputTokens } = lane.step;
  const tokens = outputTokens === null ? [] : [`${formatCount(outputTokens)} tokens`];
  const rate =
    outputTokens === null || to - from < 1 ? [] : [`${formatRate((outputTokens / (to - from)) * 1000)} tokens/s`];
  const facts = [...tokens, ...rate, `committed at ${formatTime(from)}`];
  return { strong: `${name}, streaming`, rest: `${span}: ${facts.join(', ')}` };
}

function capWords(picture: Picture, { lane }: LaneLayout, at: number): Words {
  if (lane.kind !== 'step') return { strong: '', rest: '' };
  const { step } = lane;
  const name = entryName(step);
  const end = answerEnd(picture);
  if (step.fate === 'answered' && end === 'cut')
    return { strong: `${name}, cut off`, rest: `at ${formatTime(at)}: the client disconnected` };
  if (step.fate === 'answered' && end === 'failed')
    return { strong: `${name}, failed after the commit`, rest: `at ${formatTime(at)}: ${picture.end?.code ?? ''}` };
  if (step.fate === 'answered') {
    const tokens = step.outputTokens === null ? '' : `: ${formatCount(step.outputTokens)} tokens`;
    return { strong: `${name}, answered`, rest: `at ${formatTime(at)}${tokens}` };
  }
  const status = step.status === null ? [] : [`HTTP ${step.status}`];
  const key = step.key === null ? [] : [`key ${step.key}`];
  const message = step.message === null ? [] : [`“${step.message}”`];
  const facts = [...status, whyOf(step), ...key, ...message].join(', ');
  return {
    strong: `${name}, ${step.fate === 'lost' ? 'cancelled' : 'failed'}`,
    rest: `at ${formatTime(at)}: ${facts}`,
  };
}

function skippedWords({ lane }: LaneLayout): Words {
  if (lane.kind === 'folded') {
    const [first] = lane.steps;
    const more = lane.steps.length - MOST_NAMES;
    const names = [...lane.steps.slice(0, MOST_NAMES).map(nameOf), ...(more > 0 ? [`${more} more`] : [])].join(', ');
    return {
      strong: `${lane.steps.length} entries, skipped`,
      rest: `at ${formatTime(first.from)}: ${whySkipped(first.reason)}: ${names}`,
    };
  }
  if (lane.kind !== 'step') return { strong: '', rest: '' };
  const { step } = lane;
  const facts = [whySkipped(step.reason), ...(step.message === null ? [] : [step.message])].join(': ');
  return { strong: `${entryName(step)}, skipped`, rest: `at ${formatTime(step.from)}: ${facts}` };
}

function entryName(step: PictureStep): string {
  return step.entry === null ? nameOf(step) : `Entry ${step.entry}`;
}
