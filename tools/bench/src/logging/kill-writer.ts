/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- winston types its transports as interfaces */
/** Writes lines without end, and keeps in a file beside how far it has come, for `kill.js` to count what is lost. */
import { openSync, writeSync } from 'node:fs';
import { createLogger } from '@llm/logging';
import { pino } from 'pino';
import winston from 'winston';
import { givenJob, tell } from '../fresh-process.js';

/** Who writes, and where to. */
export const writers = {
  '@llm/logging, a file': (path) => createLogger({ destination: path }),
  '@llm/logging, a pipe': () => createLogger(),
  'winston.transports.File': (path) =>
    winston.createLogger({
      format: winston.format.json(),
      transports: [new winston.transports.File({ filename: path })],
    }),
  'pino, asynchronous': (path) => {
    const logger = pino(pino.destination({ dest: path, sync: false, minLength: 4096 }));
    return {
      info: (message, fields) => logger.info(fields, message),
      error: (message, fields) => logger.error(fields, message),
    };
  },
} as const satisfies Record<string, (path: string) => Writer>;
export type WriterName = keyof typeof writers;

interface Writer {
  info(message: string, fields: object): unknown;
  error(message: string, fields: object): unknown;
}

export interface KillJob {
  readonly writer: WriterName;
  readonly path: string;
  readonly progress: string;
  /** Lines in each turn of the event loop, at most. */
  readonly most: number;
}

if (process.send !== undefined) {
  const { writer, path, progress, most } = givenJob() as KillJob;
  const logger: Writer = writers[writer](path);
  const fd = openSync(progress, 'w');
  // The first line of this turn, the last whose call returned, and the last error whose call returned.
  const numbers = new Uint32Array(3);
  let i = 0;
  const turn = (): void => {
    numbers[0] = i + 1;
    for (let n = Math.ceil(Math.random() * most); n > 0; n--) {
      i++;
      if (i % 1009 === 0) logger.error('line', { i });
      else logger.info('line', { i, model: 'm', tokens: 12 });
      numbers[1] = i;
      if (i % 1009 === 0) numbers[2] = i;
      writeSync(fd, numbers, 0, 12, 0);
    }
    setTimeout(turn, 0);
  };
  tell({}, turn);
}
