import type { RunSettings } from '../config/run-settings.ts';
import type { GatewayError } from '../domain/errors.ts';
import type { Principal } from '../domain/principal.ts';
import type { FoundRun } from './found-run.ts';
import type { KeptRun } from './kept-run.ts';

/** Runs that several processes share: each keeps its own ones, writes their events where the others read them, and can read theirs. */
export interface SharedRuns extends AsyncDisposable {
  /** Whether the others can be reached now. */
  readonly available: boolean;
  /** Whether another process is known to be there, so that clients can be sent on to it. */
  readonly hasOthers: boolean;
  /** Begins. Called once, before anything else. */
  serve(own: OwnRuns): void;
  /** Claims an idempotency key for a new run. Never rejects, and takes 50 ms at most. */
  claim(claim: RunClaim): Promise<Claimed>;
  /** Gives a claim back whose run was not made. */
  release(claim: RunClaim): void;
  /** Lets others know a run from now on, and all of its events. */
  share(run: KeptRun, claim: RunClaim | undefined): SharedRun;
  /** A run of another process, or one that this process no longer keeps. Rejects with `not_ready` where that cannot be known now. */
  find(id: string, principal: Principal): Promise<FoundRun | undefined>;
  /** Removes a run of another process with all that is kept of it. */
  remove(id: string): Promise<void>;
  /** Writes what is not written yet, and reports to the others that this process ends. Takes 200 ms at most. */
  leave(): Promise<void>;
  /** Ends the readings of other processes' runs, so that their clients read on elsewhere. */
  sendOn(reason: GatewayError): void;
}

/** A run of this process that others know. */
export interface SharedRun {
  /** Resolves once: with whether others know the run, after 50 ms at most. */
  readonly isShared: Promise<boolean>;
  /** Whether the others could read all of its events now, but for the newest. */
  readonly isReadable: boolean;
  /** As `KeptRunParts.onEvents`. */
  onEvents(bytes: number): void;
  /** Removes it where others read it. */
  remove(): void;
}

/** An idempotency key with what it is claimed for. */
export interface RunClaim {
  /** The principal and its key. */
  readonly key: string;
  /** Digest of the content. */
  readonly digest: string;
  readonly runId: string;
}

/** What became of a claim. `taken`: by a run that exists. `unknown`: the others cannot be reached. */
export type Claimed =
  | { readonly kind: 'own' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'taken'; readonly runId: string; readonly digest: string };

/** What other processes need of this one's runs. */
export interface OwnRuns {
  readonly settings: () => RunSettings;
  /** A run of this process, of any principal. */
  get(id: string): KeptRun | undefined;
  /** Ends a run of this process and removes it. */
  discard(id: string): void;
}
