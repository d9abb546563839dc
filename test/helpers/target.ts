import { NO_QUIRKS } from '../../src/catalog/preset.ts';
import type { Target } from '../../src/domain/chain.ts';
import { PLAIN_RULES } from '../../src/domain/limits.ts';

/** A target of account `acc` for tests that need no whole configuration. */
export function targetOf(own: Partial<Target> = {}): Target {
  const { model = 'm', account = 'acc', baseUrl = 'http://h' } = own;
  return {
    provider: 'p',
    preset: undefined,
    model,
    keyNumber: undefined,
    dialect: 'openai',
    baseUrl,
    apiKey: undefined,
    account,
    counterKey: `${account}/${model}`,
    modelKey: `${account}/${model}`,
    server: `${baseUrl} ${model}`,
    limits: {},
    rules: PLAIN_RULES,
    refusals: [],
    capabilities: {},
    price: undefined,
    keyHeader: 'authorization',
    headers: {},
    endpoint: { origin: 'http://h', private: true, ca: undefined, id: 'http://h' },
    quirks: NO_QUIRKS,
    parameters: undefined,
    trace: false,
    ...own,
  };
}
