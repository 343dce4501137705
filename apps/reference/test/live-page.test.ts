import { freePort, startPostgres } from 'test-services';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  expectAccessible,
  expectKeyboardUse,
  looks,
  openTab,
  startBrowser,
  wear,
} from './browser.js';
import { startApp } from './running-app.js';

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
}, 60_000);
afterAll(() => browser.close());

const text = 'Write to jane.roe@example.com about card 4111 1111 1111 1111.';

it('shows what the service does as it does it, in light, in dark, on a phone, and by keyboard', async () => {
  const postgres = await startPostgres();
  const app = await startApp(['--no-traffic', '--allow-faults'], { DATABASE_URL: postgres.url });
  await app.post('/map', { text, tenantId: 'acme' });
  const tab = await openTab(browser);
  await tab.page.goto(app.url);
  await tab.page.getByText('live', { exact: true }).waitFor();

  // What comes while the page is open is shown without anything being asked for.
  const tenants = tab.page.getByRole('region', { name: 'Tenants' });
  await tenants.getByRole('row', { name: /^acme 1 / }).waitFor();
  await app.post('/map', { text, tenantId: 'globex' });
  await tenants.getByRole('row', { name: /^globex 1 / }).waitFor();
  await tab.page.getByRole('row', { name: /^GDPR / }).waitFor();
  await tab.page.getByRole('img', { name: /^95th percentile of latency: pii [\d.]+ ms/ }).waitFor();
  await tab.page.getByText('No language model is configured').waitFor();
  expect(await tab.page.locator('canvas').count()).toBe(4);
  expect(await (await fetch(`${app.url}/dashboard`, { redirect: 'manual' })).text()).toBe('');

  for (const look of looks) {
    await wear(tab.page, look);
    await expectAccessible(tab.page);
  }
  await expectKeyboardUse(tab.page);
  expect(tab.complaints).toEqual([]);
}, 120_000);

it('finds the service again when it was restarted, and says so', async () => {
  const postgres = await startPostgres();
  const env = { DATABASE_URL: postgres.url, PORT: String(await freePort()) };
  const first = await startApp(['--no-traffic'], env);
  const { page } = await openTab(browser);
  await page.goto(first.url);
  await page.getByText('live', { exact: true }).waitFor();
  expect(await first.stop()).toBe(0);
  await page.getByText('the service does not answer; trying again').waitFor();
  const second = await startApp(['--no-traffic'], env);
  await page.getByText(/live; the service was restarted/).waitFor();
  await second.post('/map', { text, tenantId: 'acme' });
  await page.getByRole('row', { name: /^acme 1 / }).waitFor();
}, 120_000);

it('asks for the token beyond loopback until logged out, and shows a tenant what is its own', async () => {
  const postgres = await startPostgres();
  const token = 'a-token-of-some-length';
  const app = await startApp(['--no-traffic'], {
    DATABASE_URL: postgres.url,
    HOST: '0.0.0.0',
    AUTH_TOKEN: token,
    TENANT_TOKENS: 'acme=a-token-of-acme-only',
  });
  const url = app.url.replace('0.0.0.0', '127.0.0.1');
  const { page } = await openTab(browser, { colorScheme: 'dark', width: 380 });
  await page.goto(`${url}/#request/order-7`);
  await page.getByLabel('Token').fill('wrong');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByText('this is not the token').waitFor();
  await expectAccessible(page);
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByText('live', { exact: true }).waitFor();
  // The request that was asked for before the login is shown after it.
  await page.getByRole('region', { name: 'Request order-7' }).waitFor();
  expect(await page.evaluate('document.cookie')).toBe('');
  await page.reload();
  await page.getByText('live', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
  await page.goto(url);

  const authorization = `Bearer ${token}`;
  for (const tenantId of ['acme', 'globex']) {
    const id = { authorization, 'x-correlation-id': `of-${tenantId}` };
    expect((await app.post('/map', { text, tenantId }, id)).status).toBe(200);
  }
  await page.getByLabel('Token').fill('a-token-of-acme-only');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { name: 'Tenant acme' }).waitFor();
  await page.getByRole('row', { name: /^GDPR / }).waitFor();
  await page.getByText('Latency, errors, anomaly scores').waitFor();
  await page.getByRole('link', { name: 'of-acme' }).click();
  const story = page.getByRole('region', { name: 'Request of-acme' });
  await story
    .getByRole('row', { name: / GDPR .* pii / })
    .first()
    .waitFor();
  expect(await page.content()).not.toContain('globex');
  for (const look of looks) {
    await wear(page, look);
    await expectAccessible(page);
  }
  await page.goto(`${url}/#request/of-globex`);
  await page.getByText('nothing is known of this id').waitFor();
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByLabel('Token').waitFor();
}, 120_000);
