/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- winston types its transports as interfaces */
/** A Fastify service that logs its requests one way or another, and tells the CPU time that it took. */
import { createLogger } from '@llm/logging';
import { fastifyLogger, requestLogPlugin } from '@llm/logging/fastify';
import Fastify, { LogController, type FastifyInstance } from 'fastify';
import { pino } from 'pino';
import winston from 'winston';
import { givenJob, tell } from '../fresh-process.js';

const quiet = { logController: new LogController({ disableRequestLogging: true }) };

/** How the lines are made; all go to /dev/null. */
export const requestWays = {
  'no line': () => Fastify(),
  '@llm/logging, one line': () => withPlugin(Fastify()),
  '@llm/logging, as Fastify’s own logger': () => {
    const logger = createLogger({ destination: '/dev/null' });
    return withPlugin(Fastify({ ...quiet, loggerInstance: fastifyLogger(logger) }) as never);
  },
  'Fastify’s two lines by pino': () =>
    Fastify({
      loggerInstance: pino(pino.destination({ dest: '/dev/null', sync: false })),
    }) as never,
  'winston, one line by hand': () => {
    const { combine, timestamp, errors, json } = winston.format;
    const file = new winston.transports.File({ filename: '/dev/null' });
    const transports = [file];
    const format = combine(timestamp(), errors({ stack: true }), json());
    const logger = winston.createLogger({ format, transports });
    const app = Fastify();
    app.addHook('onResponse', (request, reply, done) => {
      const { method, routeOptions } = request;
      const { statusCode: status, elapsedTime: duration_ms } = reply;
      logger.info('request', { method, route: routeOptions.url, status, duration_ms });
      done();
    });
    return app;
  },
} as const satisfies Record<string, () => FastifyInstance>;
export type RequestWay = keyof typeof requestWays;

function withPlugin(app: FastifyInstance): FastifyInstance {
  app.register(requestLogPlugin, { logger: createLogger({ destination: '/dev/null' }) });
  return app;
}

if (process.send !== undefined) {
  const { way } = givenJob() as { readonly way: RequestWay };
  const app = requestWays[way]();
  app.get('/users/:id', () => ({ ok: true }));
  let since = process.cpuUsage();
  process.on('message', (order) => {
    if (order === 'end') process.exit(0);
    if (order === 'begin') since = process.cpuUsage();
    const { user, system } = process.cpuUsage(since);
    tell({ micros: user + system });
  });
  tell({ url: await app.listen({ port: 0, host: '127.0.0.1' }) });
}
