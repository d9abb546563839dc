import type { AuditEntry, KeyRecord, TenantRecord } from '../../src/domain/key-record.ts';
import type { Batch, UsageRow } from '../../src/store/store.ts';

/** An audit row, with the given members. */
export function auditEntry(members: Partial<AuditEntry> = {}): AuditEntry {
  return {
    at: 1_800_000_000_000.25,
    actorId: 'key_admin',
    actorName: 'an admin',
    via: 'api',
    action: 'keys.create',
    target: 'key_a',
    tenant: '',
    before: undefined,
    after: undefined,
    requestId: undefined,
    remote: undefined,
    ...members,
  };
}

/** A key of that id, whose name and secret follow from it unless they are given. */
export function keyRecord(id: string, members: Partial<KeyRecord> = {}): KeyRecord {
  return {
    id,
    name: `name of ${id}`,
    role: 'caller',
    tenant: 'acme',
    chains: undefined,
    models: undefined,
    operations: undefined,
    expiresAt: undefined,
    limits: undefined,
    budgets: undefined,
    note: undefined,
    metadata: undefined,
    createdAt: 1_800_000_000_000.5,
    createdBy: 'cli',
    revokedAt: undefined,
    version: 1,
    secrets: [{ digest: `digest of ${id}`, prefix: 'sp_aaaa', suffix: 'bbbb', createdAt: 1, endsAt: undefined }],
    ...members,
  };
}

/** A tenant of that name. */
export function tenantRecord(name: string, members: Partial<TenantRecord> = {}): TenantRecord {
  return { name, limits: undefined, budgets: undefined, defaults: undefined, createdAt: 1, version: 1, ...members };
}

/** A batch with the given members and nothing else. */
export function batchOf(members: Partial<Batch> = {}): Batch {
  return {
    writer: 'one',
    seq: 1,
    spend: [],
    usage: [],
    hours: [],
    attempts: [],
    lastUsed: [],
    audit: [],
    givenBack: [],
    ...members,
  };
}

/** A row of usage, with the given members. */
export function usageRow(members: Partial<UsageRow> = {}): UsageRow {
  return {
    day: 20_000,
    tenant: 'acme',
    keyId: 'key_a',
    chain: 'default',
    provider: 'groq',
    model: 'llama',
    requests: 1,
    inputTokens: 10,
    cachedInputTokens: 4,
    outputTokens: 20,
    reasoningTokens: 5,
    costNano: 1_000_000_007,
    estimatedNano: 7,
    unknownCost: 0,
    ...members,
  };
}
