import type { PageQuery } from './store.js';

/** A page of a list. */
export interface PageOptions {
  /** 1 to 1000. Default 100. */
  readonly limit?: number;
  /** The `cursor` of the page before. Default: the first page. */
  readonly page?: string | null;
}

/** What the store is asked for; throws a RangeError for a limit that makes no sense. */
export function pageQuery({ limit = 100, page = null }: PageOptions): PageQuery {
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= 1000)) {
    throw new RangeError(`limit must be a whole number from 1 to 1000, got ${limit}`);
  }
  return { limit, cursor: page };
}
