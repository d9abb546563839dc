import type { ColumnType, Generated } from 'kysely';
import type { AttemptOutcome } from '../domain/outcome.ts';

/** A cooldown. Its key is an account, a model, or what shares one set of limits. Times in milliseconds since the epoch. */
export interface LimitCooldownRow {
  readonly key: string;
  readonly reason: string;
  readonly until: number;
  /** 0 or 1: SQLite has no booleans. */
  readonly lasting: number;
}

/** An amount used of a window that expires at `until`. Times in milliseconds since the epoch. */
export interface LimitWindowRow {
  readonly key: string;
  readonly window: string;
  /** Requests or tokens. Below 0 where several processes moved the same amount to a later row. */
  readonly used: number;
  readonly until: number;
  /** Null where the provider reported no limit. */
  readonly limit: number | null;
}

/** A key. The columns beside `record` are copies of its members, for what must be unique. */
export interface ApiKeyRow {
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  /** Milliseconds since the epoch; null while the key is valid. A key's name is unique within its tenant while this is null. */
  readonly revoked_at: number | null;
  readonly version: number;
  /** The KeyRecord as JSON. */
  readonly record: string;
}

/** Whose a secret is: a secret belongs to one key only. */
export interface ApiKeySecretRow {
  readonly digest: string;
  readonly key_id: string;
}

/** A tenant. */
export interface TenantRow {
  readonly name: string;
  readonly version: number;
  /** The TenantRecord as JSON. */
  readonly record: string;
}

/**
 * The newest change of one key, tenant or session, so that the table is no larger than what was ever named, and the sessions of a few days. A change of
 * several has one number.
 */
export interface ChangeRow {
  readonly kind: 'key' | 'tenant' | 'session';
  readonly id: string;
  readonly seq: number;
}

/** A session of a browser. Times in milliseconds since the epoch. */
export interface SessionRow {
  readonly digest: string;
  readonly key_id: string;
  readonly masked_key: string;
  readonly role: string;
  readonly created_at: number;
  readonly used_at: number;
  readonly ended_at: number | null;
}

/** One row of the audit trail. Rows are only ever added. */
export interface AuditRow {
  readonly no: Generated<number>;
  readonly at: number;
  readonly actor_id: string;
  readonly actor_name: string;
  readonly via: 'api' | 'cli' | 'gateway';
  readonly action: string;
  readonly target: string;
  readonly tenant: string;
  /** JSON objects. */
  readonly before: string | null;
  readonly after: string | null;
  readonly request_id: string | null;
  readonly remote: string | null;
}

/** What is spent of one period of one budget, in billionths of a US dollar. */
export interface SpendTableRow {
  readonly owner: string;
  readonly budget: string;
  readonly starts_at: number;
  readonly nano: number;
}

/**
 * What one process may spend of one period of one budget, in billionths of a US dollar, until a time in milliseconds since the epoch by the clock of the
 * database.
 */
export interface SpendLeaseRow extends SpendTableRow {
  readonly process: string;
  readonly expires_at: number;
  /** 1 once another process has found it expired; 0 again once it is prolonged. */
  readonly suspect: number;
  /** All that was taken away from the process while it was expired: the process may not know of it yet. */
  readonly lost_nano: number;
}

/** Sums of one UTC day. */
export interface UsageDayRow {
  readonly day: number;
  readonly tenant: string;
  readonly key_id: string;
  readonly chain: string;
  readonly provider: string;
  readonly model: string;
  readonly requests: number;
  readonly input_tokens: number;
  readonly cached_input_tokens: number;
  readonly output_tokens: number;
  readonly reasoning_tokens: number;
  readonly cost_nano: number;
  readonly estimated_nano: number;
  readonly unknown_cost: number;
}

/** Sums of one UTC hour, since the epoch. Its sums are the columns of `HOUR_SUMS`. */
export interface UsageHourRow {
  readonly hour: number;
}

/** Attempts of one UTC hour, since the epoch. */
export interface AttemptHourRow {
  readonly hour: number;
  readonly provider: string;
  readonly model: string;
  readonly outcome: AttemptOutcome;
  readonly attempts: number;
}

/** When a key was last used, in milliseconds since the epoch. */
export interface KeyUseRow {
  readonly key_id: string;
  readonly at: number;
}

/** The last batch of a process, and when it was written, in milliseconds since the epoch. */
export interface WriterRow {
  readonly id: string;
  readonly seq: number;
  readonly at: number;
}

/** A text that the rows of the request log hold as its number. */
export interface NameRow {
  readonly no: Generated<number>;
  readonly kind: NameKind;
  readonly value: string;
}

/** What a name is one of. A name of two kinds has two numbers. */
export type NameKind =
  | 'key'
  | 'tenant'
  | 'door'
  | 'operation'
  | 'chain'
  | 'provider'
  | 'model'
  | 'code'
  | 'usage_source'
  | 'cost_source';

/** One request that has ended. Columns of the kinds of names hold numbers of names. Times in milliseconds. */
export interface RequestTableRow extends Readonly<
  Record<'key' | 'door' | 'operation' | 'code' | 'usage_source' | 'cost_source', number>
> {
  /** More than a JavaScript number holds: read it as a text. */
  readonly id: ColumnType<never, bigint, bigint>;
  readonly request_id: string;
  readonly client_request_id: string | null;
  /** Since the epoch. */
  readonly accepted_at: number;
  readonly queued_ms: number;
  readonly committed_ms: number | null;
  readonly overhead_ms: number | null;
  readonly total_ms: number;
  readonly tenant: number | null;
  readonly chain: number | null;
  readonly provider: number | null;
  readonly model: number | null;
  readonly end_user: string | null;
  /** One on each line, between line breaks. */
  readonly tags: string | null;
  readonly requested_model: string | null;
  readonly remote: string | null;
  readonly trace_id: string | null;
  /** JSON of the steps. */
  readonly trail: string | null;
  readonly omitted_steps: number;
  /** 0 or 1. */
  readonly stream: number;
  readonly approximate: number;
  readonly status: number;
  readonly attempts: number;
  readonly input_tokens: number | null;
  readonly cached_input_tokens: number | null;
  readonly cache_write_tokens: number | null;
  readonly audio_input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly reasoning_tokens: number | null;
  readonly audio_output_tokens: number | null;
  readonly cost_nano: number | null;
  readonly input_bytes: number | null;
  readonly output_bytes: number | null;
}

/** The bodies of one request, compressed. */
export interface RequestBodyRow {
  /** Id of its row. */
  readonly id: ColumnType<never, bigint, bigint>;
  readonly request: Uint8Array | null;
  readonly answer: Uint8Array | null;
  /** JSON of what is known of them. */
  readonly facts: string;
}

/** How many rows of the request log are of one hour since the epoch. */
export interface LogCountRow {
  readonly hour: number;
  readonly rows: number;
}

/** A text that all processes share. */
export interface LogSettingRow {
  readonly name: string;
  readonly value: string;
}

/** Which process makes ids with a number, until a time in milliseconds since the epoch. */
export interface LogReplicaRow {
  readonly no: number;
  readonly process: string;
  readonly expires_at: number;
}

/** The tables of the newest version, after all migrations. */
export interface Tables {
  readonly limit_cooldown: LimitCooldownRow;
  readonly limit_window: LimitWindowRow;
  readonly api_key: ApiKeyRow;
  readonly api_key_secret: ApiKeySecretRow;
  readonly tenant: TenantRow;
  readonly change: ChangeRow;
  readonly session: SessionRow;
  readonly audit: AuditRow;
  readonly spend: SpendTableRow;
  readonly spend_lease: SpendLeaseRow;
  readonly usage_day: UsageDayRow;
  readonly usage_hour: UsageHourRow;
  readonly attempt_hour: AttemptHourRow;
  readonly key_use: KeyUseRow;
  readonly writer: WriterRow;
  readonly name: NameRow;
  readonly request: RequestTableRow;
  readonly request_body: RequestBodyRow;
  readonly log_count: LogCountRow;
  readonly log_setting: LogSettingRow;
  readonly log_replica: LogReplicaRow;
}
