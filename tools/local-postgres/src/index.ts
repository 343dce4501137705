export { startLocalPostgres } from './server.js';
export type { LocalPostgres, LocalPostgresOptions } from './server.js';
