import { openApiDocument } from '../rest/openapi/document.ts';
import { appRouter } from '../router/app-router.ts';

/** Prints the OpenAPI document of the REST API. It is the same for every configuration. */
export async function openapi(): Promise<void> {
  process.stdout.write(`${JSON.stringify(openApiDocument(appRouter), null, 2)}\n`);
}
