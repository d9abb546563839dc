/** Every operation's name, in the order in which documents list them. Apart from the operations, so that types of clients and the configuration need none of theirs. */
export const OPERATION_NAMES = Object.freeze([
  'chat.completions',
  'completions',
  'responses',
  'responses.compact',
  'messages',
  'messages.count_tokens',
  'embeddings',
] as const);

/** The name of an operation. */
export type OperationName = (typeof OPERATION_NAMES)[number];

/** Parts of the API that report on the gateway or change its accounts: no chain serves their procedures. */
const OPERATOR_PARTS: ReadonlySet<string> = new Set([
  'audit',
  'chains',
  'config',
  'events',
  'health',
  'keys',
  'limits',
  'providers',
  'requests',
  'sessions',
  'tenants',
  'usage',
]);

/** Whether a procedure, such as `keys.list`, is of operators: every other one is for clients of models. */
export function isOfOperators(procedure: string): boolean {
  return OPERATOR_PARTS.has(procedure.slice(0, Math.max(0, procedure.indexOf('.'))));
}
