import { freePort, startPostgres } from 'test-services';
import { expect, it } from 'vitest';
import { expectAccessible, openTab, startBrowser } from './browser.js';
import { startApp } from './running-app.js';

const text = 'Write to jane.roe@example.com about card 4111 1111 1111 1111.';

it('shows what the service does as it does it, in light, in dark and on a phone', async () => {
  const postgres = await startPostgres();
  const app = await startApp(['--no-traffic'], { DATABASE_URL: postgres.url });
  await app.post('/map', { text, tenantId: 'acme' });
  const browser = await startBrowser();
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
  const { page } = await openTab(await startBrowser());
  await page.goto(first.url);
  await page.getByText('live', { exact: true }).waitFor();
  expect(await first.stop()).toBe(0);
  await page.getByText('the service does not answer; trying again').waitFor();
  const second = await startApp(['--no-traffic'], env);
  await page.getByText(/live; the service was restarted/).waitFor();
  await second.post('/map', { text, tenantId: 'acme' });
  await page.getByRole('row', { name: /^acme 1 / }).waitFor();
}, 120_000);
