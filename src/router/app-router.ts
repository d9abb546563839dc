import { audit } from './procedures/audit.ts';
import { chains } from './procedures/chains.ts';
import { chat } from './procedures/chat.ts';
import { completions } from './procedures/completions.ts';
import { config } from './procedures/config.ts';
import { events } from './procedures/events.ts';
import { embeddings } from './procedures/embeddings.ts';
import { health } from './procedures/health.ts';
import { keys } from './procedures/keys.ts';
import { limits } from './procedures/limits.ts';
import { messages } from './procedures/messages.ts';
import { models } from './procedures/models.ts';
import { providers } from './procedures/providers.ts';
import { requests } from './procedures/requests.ts';
import { responses } from './procedures/responses.ts';
import { runs } from './procedures/runs.ts';
import { usage } from './procedures/usage.ts';
import { sessions } from './procedures/sessions.ts';
import { tenants } from './procedures/tenants.ts';
import { router } from './procedure.ts';

/** The public API, from which every door is made. */
export const appRouter = router({
  chat,
  completions,
  responses,
  messages,
  embeddings,
  models,
  chains,
  runs,
  keys,
  tenants,
  sessions,
  limits,
  events,
  usage,
  requests,
  providers,
  config,
  audit,
  health,
});

/** The type that clients are inferred from. */
export type AppRouter = typeof appRouter;
