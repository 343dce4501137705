/** How much one client may ask for. */
export interface Limits {
  /** Requests a minute of one address; 0 for any number. */
  readonly clientRequests: number;
  /** Requests a minute that map texts of one tenant; 0 for any number. */
  readonly tenantRequests: number;
  /** Attempts to log in, a minute and address; 0 for any number. */
  readonly logins: number;
  readonly bodyBytes: number;
  readonly textCharacters: number;
  readonly batchItems: number;
  /** Browsers that the live page is fed to at a time. */
  readonly streams: number;
}

type ReadNumber = (
  name: string,
  text: string,
  range: { min: number; max: number; whole: true },
) => number;

const mostAMinute = 10_000_000;

/**
 * @param read gives the number of a variable, or throws an error that names it
 * @param open whether others than this machine can reach the service
 */
export function readLimits(
  variable: (name: string) => string | undefined,
  read: ReadNumber,
  open: boolean,
): Limits {
  const limit = (name: string, fallback: number, min: number, max: number): number =>
    read(name, variable(name) ?? String(fallback), { min, max, whole: true });
  const aMinute = open ? 6000 : 0;
  return {
    clientRequests: limit('RATE_LIMIT_CLIENT', aMinute, 0, mostAMinute),
    tenantRequests: limit('RATE_LIMIT_TENANT', aMinute, 0, mostAMinute),
    logins: limit('RATE_LIMIT_LOGIN', 10, 0, mostAMinute),
    bodyBytes: limit('MAX_BODY_BYTES', 2 << 20, 1024, 64 << 20),
    textCharacters: limit('MAX_TEXT_CHARACTERS', 100_000, 1, 10_000_000),
    batchItems: limit('MAX_BATCH_ITEMS', 100, 1, 10_000),
    streams: limit('MAX_STREAMS', 100, 1, 10_000),
  };
}
