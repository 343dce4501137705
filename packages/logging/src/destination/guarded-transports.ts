import type { EventEmitter } from 'node:events';
import winston, { type Logger } from 'winston';
import { DestinationTransport } from './destination-transport.js';
import { noteFailure, type Counters } from './outlet.js';
import { boundBacklog, type BoundedTarget } from './transport-backlog.js';

/** What transports of others are guarded by; `configureLogging` exchanges it. */
export interface TransportLimits {
  readonly counters: Counters;
  /** What may wait for each of them, bytes. */
  readonly maxBacklogBytes: number;
}

/**
 * Lets a logger and its process outlive its transports. An `error` event of one would be the logger's
 * own, which nobody listens to; would close the transport, though winston adds it again and writes to
 * it; and of winston-daily-rotate-file it does not even reach winston. One that stalls would hold up all
 * others, without bound.
 */
export function guardTransports(logger: Logger, limits: () => TransportLimits): void {
  const note = (error: unknown): void => noteFailure(limits().counters, error);
  logger.on('error', note);
  const { add } = winston.Logger.prototype as { add: (transport: unknown) => Logger };
  const value = function (this: Logger, transport: unknown): Logger {
    const before = listenersOf(transport);
    const result = add.call(this, transport);
    const target: unknown = this.transports.at(-1);
    if (!isEmitter(target)) return result;
    for (const listener of listenersOf(target)) {
      // The pipe's, which would close it.
      if (listener.name === 'onerror' && !before.includes(listener)) target.off('error', listener);
    }
    const { logStream } = target as { logStream?: unknown };
    if (isEmitter(logStream) && logStream.listenerCount('error') === 0) logStream.on('error', note);
    if (!(target instanceof DestinationTransport))
      boundBacklog(target as unknown as BoundedTarget, limits);
    return result;
  };
  Object.defineProperty(logger, 'add', { value, configurable: true, writable: true });
}

type Listener = (...args: unknown[]) => void;

function listenersOf(transport: unknown): readonly Listener[] {
  return isEmitter(transport) ? (transport.listeners('error') as Listener[]) : [];
}

function isEmitter(value: unknown): value is EventEmitter {
  return typeof (value as Partial<EventEmitter> | null | undefined)?.listeners === 'function';
}
