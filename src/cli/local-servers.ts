import { request } from 'undici';
import { PRESETS } from '../catalog/presets.ts';
import { baseUrlOverride } from '../config/apply-presets.ts';
import { addressProblem } from '../config/endpoint.ts';
import type { Environment } from '../config/interpolate.ts';
import type { LocalServer } from '../config/zero-config.ts';
import { memberOf } from '../lib/record.ts';

/** Timeout of a probe, in milliseconds. All servers are probed at the same time. */
const PROBE_MS = 300;
/** Longest list of models that is read, in bytes. */
const MAX_BYTES = 1024 * 1024;

/**
 * Probes the usual addresses of local servers, or those in their environment variables. Resolves with the servers that answer with a list of
 * at least one model in OpenAI's format. Uses undici's global dispatcher, because these requests run once, at the start. Never rejects.
 */
export async function findLocalServers(environment: Environment): Promise<LocalServer[]> {
  const probes = Object.entries(PRESETS)
    .filter(([, { cost }]) => cost === 'local')
    .map(async ([name, preset]) => {
      const baseUrl = baseUrlOverride(environment[preset.baseUrlVariable] ?? '', preset) ?? preset.baseUrl;
      const allowed = addressProblem(baseUrl, { preset: name }) === undefined;
      const model = allowed ? await firstModel(baseUrl) : undefined;
      return model === undefined ? [] : [{ preset: name, model }];
    });
  return (await Promise.all(probes)).flat();
}

async function firstModel(baseUrl: string): Promise<string | undefined> {
  try {
    const { statusCode, body } = await request(`${baseUrl}/models`, { signal: AbortSignal.timeout(PROBE_MS) });
    const chunks: Buffer[] = [];
    let size = 0;
    // Returning from within the loop destroys the body.
    for await (const chunk of body) {
      chunks.push(Buffer.from(chunk));
      size += chunks.at(-1)?.length ?? 0;
      if (statusCode !== 200 || size > MAX_BYTES) return undefined;
    }
    return statusCode === 200 ? chatModel(JSON.parse(Buffer.concat(chunks).toString('utf8'))) : undefined;
  } catch {
    return undefined;
  }
}

/** The first model of a list whose name is not that of an embedding model. */
function chatModel(list: unknown): string | undefined {
  const models = memberOf(list, 'data');
  if (memberOf(list, 'object') !== 'list' || !Array.isArray(models)) return undefined;
  const ids = models.map((each: unknown) => memberOf(each, 'id'));
  return ids.find((id): id is string => typeof id === 'string' && id !== '' && !/embed/i.test(id));
}
