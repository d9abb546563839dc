import type { Subject, World } from './day.ts';
import { openGateway } from './gateway.ts';
import { openNoLedger } from './no-ledger.ts';

/** One way through the day. */
export interface Pass {
  readonly name: string;
  readonly open: (world: World) => Subject;
  /** In hours from the start. */
  readonly restartAfter?: number;
  /** Which 429s are a fault of the gateway: any; needless ones; none. */
  readonly forbids: 'any' | 'needless' | 'none';
}

const NOON = 12;
const known = (world: World): Subject => openGateway(world, true);
const learned = (world: World): Subject => openGateway(world, false);

export const PASSES: readonly Pass[] = [
  { name: 'limits configured', open: known, forbids: 'any' },
  { name: 'limits learned', open: learned, forbids: 'needless' },
  { name: 'configured, restarted at noon', open: known, restartAfter: NOON, forbids: 'any' },
  { name: 'learned, restarted at noon', open: learned, restartAfter: NOON, forbids: 'needless' },
  { name: 'without a ledger', open: openNoLedger, forbids: 'none' },
];
