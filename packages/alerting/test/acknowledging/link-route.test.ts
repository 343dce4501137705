import { afterEach, describe, expect, it } from 'vitest';
import { AckLinks, acknowledgementHandler, AlertingSystem } from '../../src/index.js';
import { VirtualClock } from '../../src/testing.js';
import { recordingChannel } from '../recording-channel.js';
import { serve } from '../served.js';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function setUp() {
  const clock = new VirtualClock();
  const recorder = recordingChannel();
  const policies = {
    policies: [
      {
        name: 'p',
        channels: ['first'],
        steps: [{ after: '10m', channels: ['first'] }],
        minClear: 0,
      },
    ],
  };
  const alerting = new AlertingSystem({ channels: [recorder.channel], policies, clock });
  cleanups.push(() => alerting.stop(10));
  const baseUrl = 'https://alerts.example.com/acknowledge';
  const links = new AckLinks({ secret: 's'.repeat(32), baseUrl, clock });
  const handler = acknowledgementHandler({ alerting, links, clock });
  const server = await serve((request, response) => handler(request, response));
  cleanups.push(server.stop);
  const raised = await alerting.raise({
    key: 'k',
    labels: { tenant: '"><script>x</script>' },
    annotations: { summary: '<b>slow</b>' },
  });
  const open = async (link: string, method = 'GET', body?: string) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const init = body === undefined ? { method } : { method, body, headers };
    const response = await fetch(link.replace('https://alerts.example.com', server.url), init);
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const alert = raised.alert!;
  const ref = { id: alert.id };
  return { clock, recorder, alerting, links, alert, ref, open, handler, url: server.url };
}

describe('a link', () => {
  it('that is only opened changes nothing and shows what it is about, escaped', async () => {
    const { alerting, links, alert, ref, open } = await setUp();
    const { status, headers, text } = await open(links.link(alert));
    expect(status).toBe(200);
    expect(text).toContain('Acknowledge this alert?');
    expect(text).toContain('&#60;b&#62;slow&#60;/b&#62;');
    expect(text).not.toMatch(/<script|<b>/);
    expect(text).toContain('<form method="post">');
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'content-type': 'text/html; charset=utf-8',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; frame-ancestors 'none'/,
    );
    expect((await open(links.link(alert), 'HEAD')).status).toBe(200);
    expect((await alerting.alert(ref))?.status).toBe('firing');
  });

  it('that is confirmed acknowledges in the name that was given, and cancels the later steps', async () => {
    const { clock, recorder, alerting, links, alert, ref, open, handler } = await setUp();
    const link = links.link(alert);
    const { status, text } = await open(link, 'POST', 'by=Ann%0d%0aExample');
    expect([status, text.includes('Acknowledged.')]).toEqual([200, true]);
    expect(await alerting.alert(ref)).toMatchObject({
      status: 'acknowledged',
      acknowledgedBy: 'Ann Example (signed link)',
    });
    await clock.advance(3_600_000);
    expect(recorder.kinds()).toEqual(['initial', 'acknowledged']);
    expect(handler.stats()).toMatchObject({ acknowledged: 1, unchanged: 0 });
  });

  it('that is used again says who acknowledged, and changes nothing', async () => {
    const { alerting, links, alert, ref, open, handler } = await setUp();
    const link = links.link(alert);
    await open(link, 'POST', 'by=ann');
    for (const method of ['GET', 'POST']) {
      const again = await open(link, method, method === 'POST' ? 'by=bob' : undefined);
      expect(again.status).toBe(409);
      expect(again.text).toContain('Already acknowledged');
      expect(again.text).toContain('By ann (signed link)');
      expect(again.text).not.toContain('<form');
    }
    expect((await alerting.alert(ref))?.acknowledgedBy).toBe('ann (signed link)');
    expect(handler.stats()).toMatchObject({ acknowledged: 1, unchanged: 1 });
  });

  it('of an earlier episode changes nothing newer', async () => {
    const { alerting, links, alert, ref, open } = await setUp();
    const link = links.link(alert);
    await alerting.resolve(ref);
    expect((await open(link, 'POST')).status).toBe(410);
    await alerting.raise({ key: 'k', labels: alert.labels });
    for (const method of ['GET', 'POST']) {
      const { status, text } = await open(link, method);
      expect([status, text.includes('This incident is over')]).toEqual([410, true]);
    }
    expect(await alerting.alert(ref)).toMatchObject({ status: 'firing', episode: 2 });
  });

  it('that has expired, was forged, or is for an alert that nobody knows is refused', async () => {
    const { clock, alerting, links, alert, ref, open, handler } = await setUp();
    const link = links.link(alert);
    const forged = link.replace('episode=1', 'episode=2');
    expect((await open(forged, 'POST')).status).toBe(403);
    expect((await open(link.replace(/.$/, 'z'), 'POST')).status).toBe(403);
    expect((await open(link.split('?')[0]!)).status).toBe(403);
    expect((await open(links.link({ id: 'unknown', episode: 1 }), 'POST')).status).toBe(410);
    clock.jump(86_400_000);
    const { status, text } = await open(link, 'POST');
    expect([status, text.includes('expired')]).toEqual([410, true]);
    expect((await alerting.alert(ref))?.status).toBe('firing');
    expect(handler.stats().refused).toBe(4);
  });

  it('to resolve resolves, an acknowledged alert too', async () => {
    const { alerting, links, alert, ref, open } = await setUp();
    await open(links.link(alert), 'POST');
    const link = links.link(alert, 'resolve');
    expect((await open(link)).text).toContain('Resolve this alert?');
    expect((await open(link, 'POST')).status).toBe(200);
    expect((await alerting.alert(ref))?.status).toBe('resolved');
    expect((await open(link, 'POST')).status).toBe(410);
  });

  it('takes no other method, and no other path is answered', async () => {
    const { links, alert, open, url } = await setUp();
    const { status, headers } = await open(links.link(alert), 'DELETE');
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
    expect((await fetch(`${url}/acknowledge/pagerduty`, { method: 'POST' })).status).toBe(404);
    expect((await fetch(`${url}/acknowledged`)).status).toBe(404);
  });
});
