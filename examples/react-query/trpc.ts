import { createTRPCContext } from '@trpc/tanstack-react-query';
import type { AppRouter } from 'spillway/client';

/** The gateway's procedures for components: `useTRPC().runs.create.mutationOptions()`. An application with a merged router passes its own type. */
export const { TRPCProvider, useTRPC } = createTRPCContext<AppRouter>();
