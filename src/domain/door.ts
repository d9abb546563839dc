/** The door through which a request arrived. */
export type Door = 'rest' | 'trpc' | 'process';
