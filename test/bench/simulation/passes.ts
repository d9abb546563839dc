import type { Subject, World } from './day.ts';
import { openGateway } from './gateway.ts';
import { openNoLedger } from './no-ledger.ts';

/** One simulation of the day. */
export interface Pass {
  readonly name: string;
  readonly open: (world: World) => Subject;
  /** In hours from the start. */
  readonly restartAfter?: number;
  /** Which 429s are a fault of the gateway: any; avoidable ones; none. */
  readonly forbids: 'any' | 'avoidable' | 'none';
}

const NOON = 12;
const known = (world: World): Subject => openGateway(world, true);
const learned = (world: World): Subject => openGateway(world, false);

/** Every pass, in the order of the report. */
export const PASSES: readonly Pass[] = [
  { name: 'limits configured', open: known, forbids: 'any' },
  { name: 'limits learned', open: learned, forbids: 'avoidable' },
  { name: 'configured, restarted at noon', open: known, restartAfter: NOON, forbids: 'any' },
  { name: 'learned, restarted at noon', open: learned, restartAfter: NOON, forbids: 'avoidable' },
  { name: 'without a ledger', open: openNoLedger, forbids: 'none' },
];
