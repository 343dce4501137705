import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createTransport } from 'nodemailer';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, it } from 'vitest';
import {
  AlertingConfigError,
  AlertingSystem,
  emailChannel,
  type EmailChannelOptions,
} from '../../src/index.js';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Mail {
  readonly to: readonly string[];
  readonly raw: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
}

/** A real SMTP server that keeps what it takes. */
async function mailServer(options: SMTPServerOptions = {}) {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        mails.push(parse(to, Buffer.concat(chunks).toString()));
        callback();
      });
    },
    ...options,
  });
  server.on('error', () => {});
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  cleanups.push(() => new Promise((resolve) => server.close(() => resolve(undefined))));
  const { port } = server.server.address() as AddressInfo;
  return { mails, smtp: { host: '127.0.0.1', port } };
}

function parse(to: readonly string[], raw: string): Mail {
  const [head = '', ...body] = raw.split('\r\n\r\n');
  const headers = new Map(
    head
      .replaceAll(/\r\n[ \t]+/g, ' ')
      .split('\r\n')
      .map((line): [string, string] => {
        const at = line.indexOf(':');
        return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
      }),
  );
  return { to, raw, headers, text: decode(body.join('\r\n\r\n'), headers) };
}

function decode(body: string, headers: ReadonlyMap<string, string>): string {
  const encoding = headers.get('content-transfer-encoding');
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString();
  if (encoding !== 'quoted-printable') return body;
  const bytes = body
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}

function alerting(options: Partial<EmailChannelOptions>) {
  const to = 'ann@example.com';
  const channel = emailChannel({ from: 'Alerts <alerts@svc.example>', to, ...options });
  const system = new AlertingSystem({ channels: [channel], retry: { minMillis: 20 } });
  cleanups.push(() => system.stop(100));
  return system;
}

/** An error as an SMTP server answers it. */
function answer(code: number): Error {
  return Object.assign(new Error('no'), { responseCode: code });
}

describe('mail', () => {
  it('tells of an alert as text with a link, and its end in the same thread', async () => {
    const { mails, smtp } = await mailServer();
    const system = alerting({ smtp, link: ({ key }) => `https://a.example/${key}` });
    await system.raise({
      key: 'k',
      severity: 'high',
      labels: { service: 'mapper' },
      annotations: { summary: 'größer als 3 s', runbook: 'https://r.example' },
    });
    expect(await system.flush()).toEqual({ undelivered: 0 });
    const [first] = mails;
    expect(first!.to).toEqual(['ann@example.com']);
    expect(first!.text).toContain('[ALERT high] k{service="mapper"}: größer als 3 s');
    expect(first!.text).toContain('Open: https://a.example/k');
    expect(first!.text).toContain('  runbook: https://r.example');
    expect(first!.headers.get('auto-submitted')).toBe('auto-generated');
    await system.resolve({ key: 'k', labels: { service: 'mapper' } });
    expect(await system.flush()).toEqual({ undelivered: 0 });
    const [, last] = mails;
    expect(last!.text).not.toContain('Open:');
    expect(last!.headers.get('references')).toBe(first!.headers.get('references'));
    expect(last!.headers.get('message-id')).not.toBe(first!.headers.get('message-id'));
  });

  it('has the same Message-ID at every attempt', async () => {
    let attempts = 0;
    const seen: string[] = [];
    const { smtp } = await mailServer({
      onData(stream, _, callback) {
        let raw = '';
        stream.on('data', (chunk: Buffer) => (raw += chunk.toString()));
        stream.on('end', () => {
          seen.push(parse([], raw).headers.get('message-id')!);
          attempts += 1;
          callback(attempts < 3 ? answer(451) : null);
        });
      },
    });
    const system = alerting({ smtp });
    await system.raise({ key: 'k' });
    expect(await system.flush()).toEqual({ undelivered: 0 });
    expect(seen).toHaveLength(3);
    expect(new Set(seen).size).toBe(1);
    expect(seen[0]).toMatch(/^<[\w.-]+@svc\.example>$/);
  });

  it('has a subject of one short line, whatever the alert says', async () => {
    const { mails, smtp } = await mailServer();
    const system = alerting({ smtp, subjectPrefix: '[ml] ' });
    const summary = `a\r\nBcc: eve@evil.example\r\n\r\nbody\u2028${'😀'.repeat(500)}`;
    await system.raise({ key: 'k', annotations: { summary } });
    await system.flush();
    const [mail] = mails;
    expect(mail!.headers.has('bcc')).toBe(false);
    expect(mail!.to).toEqual(['ann@example.com']);
    const words = mail!.headers.get('subject')!.matchAll(/=\?UTF-8\?B\?([^?]*)\?=/g);
    const subject = [...words].map(([, text]) => Buffer.from(text!, 'base64').toString()).join('');
    expect(subject).toMatch(/^\[ml\] \[ALERT medium\] k: a Bcc: eve@evil.example body 😀+…$/u);
    expect(subject.length).toBeLessThanOrEqual(200);
    expect(Math.max(...mail!.raw.split('\r\n').map((line) => line.length))).toBeLessThan(998);
  });

  it('is cut to a size that servers take', async () => {
    const { mails, smtp } = await mailServer();
    const system = alerting({ smtp });
    const annotations = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [`a${index}`, 'x'.repeat(4096)]),
    );
    await system.raise({ key: 'k', annotations });
    expect(await system.flush()).toEqual({ undelivered: 0 });
    expect(mails[0]!.text.length).toBeLessThanOrEqual(110_000);
  });

  it('goes again to those recipients only that were turned away for now', async () => {
    let turnedAway = 0;
    const { mails, smtp } = await mailServer({
      onRcptTo({ address }, _, callback) {
        const away = address.startsWith('bob') && turnedAway++ < 2;
        callback(away ? answer(450) : null);
      },
    });
    const system = alerting({ smtp, to: ['ann@example.com', 'bob@example.com'] });
    await system.raise({ key: 'k' });
    expect(await system.flush()).toEqual({ undelivered: 0 });
    expect(mails.map(({ to }) => to)).toEqual([['ann@example.com'], ['bob@example.com']]);
    expect((await system.stats()).channels['email']).toMatchObject({ delivered: 1, abandoned: 0 });
  });

  it('that a recipient never takes is recorded and counted, while the others have it', async () => {
    const { mails, smtp } = await mailServer({
      onRcptTo({ address }, _, callback) {
        callback(address.startsWith('bob') ? answer(550) : null);
      },
    });
    const system = alerting({ smtp, to: ['ann@example.com', 'bob@example.com'] });
    await system.raise({ key: 'k' });
    expect(await system.flush()).toEqual({ undelivered: 0 });
    expect(mails).toHaveLength(1);
    expect((await system.stats()).channels['email']).toMatchObject({ abandoned: 1 });
    const [entry] = (await system.history('k')).items;
    expect(entry).toMatchObject({
      event: 'abandoned',
      cause: { note: 'refused for 1 of 2 recipients (550)' },
    });
  });

  it('is tried again when the server does not know the sender, without repeating its words', async () => {
    let attempts = 0;
    const { mails, smtp } = await mailServer({
      onAuth({ username }, _, callback) {
        attempts += 1;
        if (attempts < 3) callback(new Error('bad password hush'));
        else callback(null, { user: username });
      },
    });
    const auth = { user: 'u', pass: 'p' };
    const system = alerting({ smtp: { ...smtp, auth } });
    await system.raise({ key: 'k' });
    expect(await system.flush()).toEqual({ undelivered: 0 });
    expect(mails).toHaveLength(1);
    const failed = (await system.history('k')).items.filter(({ event }) => event === 'failed');
    expect(failed.map(({ cause }) => cause.note)).toEqual([
      'not sent (EAUTH 535)',
      'not sent (EAUTH 535)',
    ]);
  });

  it('can go through a transporter that its owner keeps', async () => {
    const { mails, smtp } = await mailServer();
    const transporter = createTransport({ ...smtp, pool: true });
    cleanups.push(async () => transporter.close());
    const system = alerting({ transporter });
    await system.raise({ key: 'a' });
    await system.flush();
    await system.stop();
    await transporter.sendMail({ from: 'a@a.example', to: 'b@b.example', text: 'still open' });
    expect(mails).toHaveLength(2);
  });

  it.each<[Partial<EmailChannelOptions>, string]>([
    [{}, 'email: needs a transporter of nodemailer, or smtp'],
    [{ from: 'a@b.c\r\nBcc: d@e.f', smtp: { host: 'h' } }, 'email.from: must be one mail address'],
    [{ to: [], smtp: { host: 'h' } }, 'email.to: must be 1 to 100 addresses'],
    [{ to: ['a@b.c', 'a@b.c, d@e.f'], smtp: { host: 'h' } }, 'email.to[1]'],
    [{ smtp: { host: '' } }, 'email.smtp.host: must be the name of a mail server, got ""'],
  ])('is refused at construction when it cannot work: %j', (options, message) => {
    const make = () => emailChannel({ from: 'a@a.example', to: 'b@b.example', ...options });
    expect(make).toThrow(AlertingConfigError);
    expect(make).toThrow(message);
  });
});
