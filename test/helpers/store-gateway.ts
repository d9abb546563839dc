import { vi } from 'vitest';
import type { ConfigInput } from '../../src/config/schema.ts';
import { chatCompletion, type Script } from '../../src/testing/index.ts';
import { type Rig, type RigOptions, startRig } from './gateway.ts';

/** The key of the admin of every gateway here. */
export const ADMIN_KEY = 'key-of-the-admin-0123456789';

/** A gateway on a store, a file or a database, with an admin's key of the configuration. `auth`: more of that section. */
export function startOnStore(
  file: string,
  options: RigOptions & { readonly auth?: Partial<Exclude<ConfigInput['auth'], 'none' | undefined>> } = {},
  scripts: readonly Script[] = [chatCompletion({ content: 'Hi' })],
): Promise<Rig> {
  return startRig(scripts, {
    ...options,
    config: {
      auth: { keys: [{ name: 'root', key: ADMIN_KEY, role: 'admin' }], ...options.auth },
      store: { url: file.startsWith('postgres:') ? file : `sqlite:${file}` },
      ...options.config,
    },
  });
}

/** Sends a request under a key. Resolves with the status and the parsed body. */
export async function ask(
  rig: Pick<Rig, 'url'>,
  path: string,
  { key = ADMIN_KEY, body, method }: { readonly key?: string; readonly body?: unknown; readonly method?: string } = {},
): Promise<{ readonly status: number; readonly body: Answer }> {
  const response = await fetch(`${rig.url}${path}`, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Answer };
}

/** The members of answers that tests read. */
export interface Answer {
  readonly id: string;
  readonly secret: string;
  readonly version: number;
  readonly state: string;
  readonly data: readonly Answer[];
  readonly name: string;
  readonly error?: { readonly code: string; readonly message: string; readonly param: string | null };
  readonly [member: string]: unknown;
}

/** Waits until the request log has `count` rows. Resolves with them, the newest one first. */
export function loggedRequests(rig: Pick<Rig, 'url'>, count: number): Promise<readonly Answer[]> {
  return vi.waitFor(
    async () => {
      const { data } = (await ask(rig, '/v1/requests')).body;
      if (data.length < count) throw new Error(`The request log has ${data.length} rows of ${count}.`);
      return data;
    },
    { timeout: 10_000 },
  );
}
