import type { EventEmitter } from 'node:events';
import winston, { type Logger } from 'winston';

/**
 * Lets a logger and its process outlive the errors of its transports. An `error` event of one would be
 * the logger's own, which nobody listens to; would close the transport, though winston adds it again and
 * writes to it; and of winston-daily-rotate-file it does not even reach winston.
 */
export function outliveTransports(logger: Logger, note: (error: unknown) => void): void {
  logger.on('error', note);
  const { add } = winston.Logger.prototype as { add: (transport: unknown) => Logger };
  const value = function (this: Logger, transport: unknown): Logger {
    const before = listenersOf(transport);
    const result = add.call(this, transport);
    const target = this.transports.at(-1) as (EventEmitter & { logStream?: unknown }) | undefined;
    if (target === undefined) return result;
    for (const listener of listenersOf(target)) {
      // The pipe's, which would close it.
      if (listener.name === 'onerror' && !before.includes(listener)) target.off('error', listener);
    }
    const { logStream } = target;
    if (isEmitter(logStream) && logStream.listenerCount('error') === 0) logStream.on('error', note);
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
