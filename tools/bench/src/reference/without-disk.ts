/** Settings of a Postgres that waits for no disk: how fast that of the machine is would be most of what is measured. */
export const withoutDisk = { fsync: 'off', synchronous_commit: 'off' } as const;
