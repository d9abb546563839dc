import type * as sqlite from 'node:sqlite';

/**
 * Node's own SQLite, loaded when it is first wanted, without the one warning that it is experimental, which tells whoever runs a gateway nothing that he could act on.
 * Node gives it while the module is loaded, in the same tick, so nobody else's warning can be lost.
 */
export function loadSqlite(): typeof sqlite {
  // oxlint-disable-next-line typescript/unbound-method -- it is put back as it was
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
