import { freePort, startPostgres } from 'test-services';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ModelState } from '../src/monitoring.js';
import { expectAccessible, openTab, startBrowser } from './browser.js';
import { startApp } from './running-app.js';

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
}, 60_000);
afterAll(() => browser.close());

const text = 'Write to jane.roe@example.com about card 4111 1111 1111 1111.';

it('shows what the service does as it does it, in light, in dark and on a phone', async () => {
  const postgres = await startPostgres();
  const app = await startApp(['--no-traffic'], { DATABASE_URL: postgres.url });
  await app.post('/map', { text, tenantId: 'acme' });
  const tab = await openTab(browser);
  const begun = performance.now();
  await tab.page.goto(app.url);
  await tab.page.getByText('live', { exact: true }).waitFor();
  console.log(`page live after ${Math.round(performance.now() - begun)} ms`);

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

  const dark = await openTab(browser, { colorScheme: 'dark' });
  const phone = await openTab(browser, { width: 380 });
  for (const each of [dark, phone]) {
    await each.page.goto(app.url);
    await each.page.getByText('live', { exact: true }).waitFor();
  }
  for (const { page, complaints } of [tab, dark, phone]) {
    await expectAccessible(page);
    expect(complaints).toEqual([]);
  }
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

it('leads from a fault to the alert, through what is done about it, and from an id to its waterfall', async () => {
  const postgres = await startPostgres();
  const app = await startApp(
    ['--allow-faults', '--speed', '8', '--window', '0.1', '--training', '50'],
    { DATABASE_URL: postgres.url },
  );
  const { page, complaints } = await openTab(browser, { width: 380 });
  await page.goto(app.url);
  await expect
    .poll(
      async () => {
        const { models } = await app.get<{ models: ModelState[] }>('/models');
        return models.every(({ windowsTrained }) => windowsTrained >= 50);
      },
      { timeout: 60_000 },
    )
    .toBe(true);

  const faults = page.getByRole('region', { name: 'Break it on purpose' });
  await faults.getByLabel('Fault').selectOption('error');
  await faults.getByLabel('Seconds').fill('90');
  await faults.getByRole('button', { name: 'Start' }).click();
  await faults.getByText(/^error from .*, on now$/).waitFor();

  const alerts = page.getByRole('region', { name: 'Alerts' });
  const card = alerts.getByRole('listitem').filter({ hasText: 'level 2' }).first();
  await card.getByRole('heading', { name: /: firing$/ }).waitFor();
  const key = await card.getAttribute('data-key');
  const same = alerts.locator(`[data-key="${key!}"]`);
  await same.getByRole('button', { name: /^Acknowledge / }).click();
  await same.getByRole('heading', { name: /: acknowledged$/ }).waitFor();
  await same.getByText(/ acknowledged \(the page\)/).waitFor();
  await same.getByLabel(/^How long to silence/).selectOption('1 hour');
  await same.getByRole('button', { name: /^Silence / }).click();
  await same.getByText(/silenced until/).waitFor();
  await page
    .getByRole('heading', { name: / at .*, score [\d.]+$/ })
    .first()
    .waitFor();
  await expectAccessible(page);
  await same.getByRole('button', { name: /^Resolve / }).click();
  await same.getByText(/ resolved \(the page\)/).waitFor();

  await app.post('/map', { text, tenantId: 'acme' }, { 'x-correlation-id': 'order-7:retry.1' });
  const requests = page.getByRole('region', { name: 'Latest requests' });
  await requests.getByLabel('Correlation id').fill('order-7:retry.1');
  await requests.getByRole('button', { name: 'Follow' }).click();
  const story = page.getByRole('region', { name: 'Request order-7:retry.1' });
  for (const name of [/^POST \/map 0\.0 /, /^detect pii /, /^detect jailbreak /]) {
    await story.getByRole('row', { name }).waitFor();
  }
  await story.getByText(/method=POST route=\/map status=/).waitFor();
  await expectAccessible(page);
  expect(complaints).toEqual([]);
}, 180_000);

it('asks for the token beyond loopback, and for nothing more until logged out', async () => {
  const postgres = await startPostgres();
  const token = 'a-token-of-some-length';
  const app = await startApp(['--no-traffic'], {
    DATABASE_URL: postgres.url,
    HOST: '0.0.0.0',
    AUTH_TOKEN: token,
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
  await page.getByLabel('Token').waitFor();
}, 120_000);
