import type { Attack } from './attack.ts';
import { BODIES_ATTACK, TRANSLATED_ATTACK } from './bodies.ts';
import { CONTINUE_ATTACK } from './continue.ts';
import { DESCRIPTORS_ATTACK } from './descriptors.ts';
import { ERRORS_ATTACK } from './errors.ts';
import { MEMBERS_ATTACK } from './members.ts';
import { MEMORY_ATTACK } from './memory.ts';
import { RELOADS_ATTACK } from './reloads.ts';
import { REVOKED_ATTACK } from './revoked.ts';
import { SHUTDOWN_ATTACK } from './shutdown.ts';

/** Every attack, in the order of the report. */
export const ATTACKS: readonly Attack[] = [
  BODIES_ATTACK,
  MEMORY_ATTACK,
  RELOADS_ATTACK,
  SHUTDOWN_ATTACK,
  REVOKED_ATTACK,
  MEMBERS_ATTACK,
  ERRORS_ATTACK,
  DESCRIPTORS_ATTACK,
  CONTINUE_ATTACK,
  TRANSLATED_ATTACK,
];
