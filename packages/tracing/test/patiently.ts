/** How long to wait for what comes in time, also on a machine that does other things. */
export const patiently = { timeout: 15_000 };
