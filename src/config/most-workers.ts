/** Most processes that serve one address. */
export const MOST_WORKERS = 256;
