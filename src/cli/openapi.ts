import { openApiDocument } from '../rest/openapi/document.ts';
import { appRouter } from '../router/app-router.ts';

/** Prints the description of the REST API, which depends on no configuration. */
export async function openapi(): Promise<void> {
  process.stdout.write(`${JSON.stringify(openApiDocument(appRouter), null, 2)}\n`);
}
