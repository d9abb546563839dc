import type * as sqlite from 'node:sqlite';

/**
 * Loads Node's SQLite on first use and suppresses its ExperimentalWarning, which an operator can do nothing about. Node emits that warning in
 * the same tick as it loads the module, so no other warning can be lost.
 */
export function loadSqlite(): typeof sqlite {
  // oxlint-disable-next-line typescript/unbound-method -- restored unchanged below
  const emitWarning = process.emitWarning;
  process.emitWarning = (...given: readonly unknown[]) => {
    const [warning, type] = given;
    if (type === 'ExperimentalWarning' && String(warning).startsWith('SQLite is an experimental')) return;
    Reflect.apply(emitWarning, process, given);
  };
  try {
    return process.getBuiltinModule('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
}
