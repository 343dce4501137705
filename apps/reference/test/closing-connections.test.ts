import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { closeConnections } from '../src/closing-connections.js';

it('answers what was asked, and waits neither for connections that were never used nor for ones kept alive', async () => {
  const app = Fastify({ forceCloseConnections: 'idle' });
  closeConnections(app);
  const events = new EventEmitter();
  const asked = once(events, 'asked');
  app.get('/slow', async () => {
    const answered = once(events, 'answer');
    events.emit('asked');
    await answered;
    return { ok: true };
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const unused = connect(Number(new URL(url).port), '127.0.0.1');
  await once(unused, 'connect');
  const slow = fetch(`${url}/slow`);
  await asked;
  const ended = once(unused, 'close');
  const closed = app.close();
  await ended;
  events.emit('answer');
  expect(await (await slow).json()).toEqual({ ok: true });
  await closed;
}, 10_000);
