/** What a JSON text holds, of no type: for tests that look into bodies. */
export type Json = ReturnType<typeof JSON.parse>;
