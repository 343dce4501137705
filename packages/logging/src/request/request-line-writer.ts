import { LoggingConfigError } from '../config-error.js';
import { getLogger } from '../default-logger.js';
import { requestMessage, type RequestLine } from './request-line.js';
import { RouteSampling } from './route-sampling.js';

/** What of a logger the lines of requests need: any winston logger has it. */
export interface RequestLogTarget {
  log(level: string, message: string, fields: object): unknown;
  readonly levels?: Readonly<Record<string, number>> | undefined;
}

/** How the lines of requests are written. */
export interface RequestLineOptions {
  /** Where the lines go. Default: the process's default logger, as a child of the name `http`. */
  readonly logger?: RequestLogTarget | undefined;
  /** Share of the lines of noisy routes that are written, 0 to 1: `{ '/health': 0.01 }`. Those of status 400 and above and aborted ones always are. Default: all lines of all routes. */
  readonly sample?: Readonly<Record<string, number>> | undefined;
  /** The level of a line. Default: `error` from status 500, `warn` from 400, else `info`. */
  readonly level?: ((line: RequestLine) => string) | undefined;
}

/** What became of the lines of requests. */
export interface RequestLogStats {
  /** Lines that were handed to the logger. */
  readonly logged: number;
  /** Lines that were left out by `sample`. */
  readonly sampledOut: number;
  /** Calls of the host's functions among the options, or of the logger, that threw; their lines are written without it. */
  readonly failed: number;
}

/** Writes the lines of requests that are over. */
export class RequestLineWriter {
  readonly #logger: RequestLogTarget;
  readonly #levels: { readonly error: string; readonly warn: string; readonly info: string };
  readonly #sampling: RouteSampling;
  readonly #levelOf: RequestLineOptions['level'];
  readonly #stats = { logged: 0, sampledOut: 0, failed: 0 };

  /** @throws LoggingConfigError */
  constructor({ logger, sample, level }: RequestLineOptions) {
    if (logger !== undefined && typeof (logger as RequestLogTarget | null)?.log !== 'function') {
      throw new LoggingConfigError('logger', logger, 'a winston logger');
    }
    this.#levelOf = level;
    this.#sampling = new RouteSampling(sample);
    this.#logger = logger ?? getLogger('http');
    this.#levels = levelsOf(this.#logger.levels ?? {});
  }

  stats(): RequestLogStats {
    return { ...this.#stats };
  }

  /** Whether this route was named in `sample`. */
  samples(route: string): boolean {
    return this.#sampling.has(route);
  }

  /** @param fields more of them, read now */
  write(line: RequestLine, fields: () => object | undefined): void {
    const { route, status, aborted } = line;
    const rate = this.#sampling.rateOf(route);
    const plain = status < 400 && aborted !== true;
    if (rate < 1 && plain && !this.#sampling.take(route)) {
      this.#stats.sampledOut++;
      return;
    }
    const sampled = rate < 1 && plain ? { ...line, sample_rate: rate } : line;
    const { error, warn, info } = this.#levels;
    const usual = status >= 500 ? error : status >= 400 ? warn : info;
    const level = this.ask(() => this.#levelOf?.(sampled)) ?? usual;
    const more = this.ask(fields);
    this.ask(() => {
      this.#logger.log(level, requestMessage(line), { ...sampled, ...more });
      this.#stats.logged++;
    });
  }

  /** Asks the host's own code, which may throw. */
  ask<T>(question: () => T): T | undefined {
    try {
      return question();
    } catch {
      this.#stats.failed++;
      return undefined;
    }
  }
}

function levelsOf(levels: Readonly<Record<string, number>>) {
  const known = (names: readonly string[]): string =>
    names.find((name) => Object.hasOwn(levels, name)) ?? names[0] ?? '';
  return {
    error: known(['error', 'err']),
    warn: known(['warn', 'warning']),
    info: known(['info']),
  };
}

/** @throws LoggingConfigError naming the option that there is not, or that is no function */
export function checkRequestOptions(
  options: object,
  names: readonly string[],
  functions: readonly string[],
): void {
  for (const key of Object.keys(options)) {
    if (names.includes(key)) continue;
    throw new LoggingConfigError('option', key, `one of ${names.join(', ')}`);
  }
  for (const name of functions) {
    const value = (options as Record<string, unknown>)[name];
    if (value === undefined || typeof value === 'function') continue;
    throw new LoggingConfigError(name, value, 'a function');
  }
}
