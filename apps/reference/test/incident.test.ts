import { readFileSync } from 'node:fs';
import type { Locator } from 'playwright-core';
import { startAlertmanager, startPostgres } from 'test-services';
import { expect, it, onTestFinished } from 'vitest';
import type { ModelState } from '../src/monitoring.js';
import { expectAccessible, looks, openTab, startBrowser, wear } from './browser.js';
import { startApp, startReceiver } from './running-app.js';

const fault = 'latency: detectors take 600 ms longer';
const key = 'model_anomaly_jailbreak';
const affected = 'order-7:retry.1';

const cell = (row: Locator, column: number): Promise<string> =>
  row.locator('th, td').nth(column).innerText();
/** Of a figure as the page writes it. */
const millis = (figure: string): number => Number(figure.replace('K', 'e3'));

it('plays a fault on the page: anomaly, alert, escalation, acknowledgement, resolution, and a request in it', async () => {
  const postgres = await startPostgres();
  const config = readFileSync(new URL('../deploy/alertmanager.yml', import.meta.url), 'utf8');
  const alertmanager = await startAlertmanager({ config });
  const receiver = await startReceiver();
  const browser = await startBrowser();
  onTestFinished(() => browser.close());
  const app = await startApp(
    ['--allow-faults', '--speed', '8', '--window', '0.2', '--training', '50'],
    {
      DATABASE_URL: postgres.url,
      ALERTMANAGER_URL: alertmanager.url,
      ALERT_WEBHOOK_URL: receiver.url,
      ALERT_WEBHOOK_SECRET: 'a secret of the receiver',
    },
  );
  const { page, complaints } = await openTab(browser);
  await page.goto(app.url);
  const region = (name: string | RegExp) => page.getByRole('region', { name });
  await expect
    .poll(
      async () => {
        const { models } = await app.get<{ models: ModelState[] }>('/models');
        return models.every(({ windowsTrained }) => windowsTrained >= 50);
      },
      { timeout: 60_000 },
    )
    .toBe(true);

  const faults = region('Break it on purpose');
  await faults.getByRole('combobox', { name: 'Fault', exact: true }).selectOption(fault);
  await faults.getByRole('combobox', { name: 'Detector', exact: true }).selectOption('jailbreak');
  await faults.getByLabel('Seconds').fill('120');
  await faults.getByRole('button', { name: 'Start' }).click();
  await faults.getByText(/^latency of jailbreak from .*, on now$/).waitFor();

  // The window that was flagged, with what it was flagged for.
  const flagged = region(/^Why windows were flagged/).getByRole('listitem');
  const reason = flagged.filter({ hasText: /^jailbreak at .*, score [\d.]+/ });
  const latency = reason.getByRole('row', { name: /^inference latency / });
  await latency.waitFor();
  const [value, usual] = [await cell(latency, 1), await cell(latency, 2)];
  expect(millis(value)).toBeGreaterThan(millis(usual));
  expect(Number.parseInt(await cell(latency, 4))).toBeGreaterThan(0);

  const card = region('Alerts').locator(`[data-key="${key}"]`);
  await card.getByText('critical, level 2').first().waitFor();
  await card.getByRole('heading', { name: 'model anomaly jailbreak: firing' }).waitFor();
  await card.getByRole('button', { name: /^Acknowledge / }).click();
  await card.getByRole('heading', { name: 'model anomaly jailbreak: acknowledged' }).waitFor();
  await card.getByLabel(/^How long to silence/).selectOption('1 hour');
  await card.getByRole('button', { name: /^Silence / }).click();
  await card.getByText(/model performance degradation .* silenced until/).waitFor();

  // A request that the fault slows down, found in the explorer and by its id.
  const text = 'Write to jane.roe@example.com about card 4111 1111 1111 1111.';
  await app.post('/map', { text, tenantId: 'acme' }, { 'x-correlation-id': affected });
  const explorer = region('Latest requests');
  await explorer.getByLabel('Hold the list').check();
  const row = explorer.getByRole('row', { name: / POST \/map / }).first();
  expect(Number(await cell(row, 4))).toBeGreaterThan(600);
  const id = await cell(row, 0);
  await row.getByRole('link').click();
  await region(`Request ${id}`)
    .getByRole('row', { name: /^detect jailbreak / })
    .waitFor();
  await explorer.getByLabel('Correlation id').fill(affected);
  await explorer.getByRole('button', { name: 'Follow' }).click();
  const story = region(`Request ${affected}`);
  const slow = story.getByRole('row', { name: /^detect jailbreak / });
  await slow.waitFor();
  expect(Number(await cell(slow, 2))).toBeGreaterThan(600);
  expect(Number(await cell(story.getByRole('row', { name: /^detect pii / }), 2))).toBeLessThan(600);
  await story.getByRole('row', { name: /^POST \/map 0\.0 / }).waitFor();
  await story.getByText(/tenant_id=acme method=POST route=\/map status=200/).waitFor();
  await story
    .getByRole('row', { name: / GDPR .* pii / })
    .first()
    .waitFor();

  for (const look of looks) {
    await wear(page, look);
    await expectAccessible(page);
  }

  const told = () =>
    receiver.received
      .map(({ body }) => body as { notifications: { kind: string; alert: { key: string } }[] })
      .flatMap(({ notifications }) => notifications)
      .filter(({ alert }) => alert.key === key)
      .map(({ kind }) => kind);
  await expect
    .poll(told, { timeout: 10_000 })
    .toEqual(expect.arrayContaining(['initial', 'escalated']));
  expect(Object.keys(receiver.received[0]!.headers).join()).toMatch(/signature/);
  const forwarded = async (): Promise<unknown> =>
    (await fetch(`${alertmanager.url}/api/v2/alerts?filter=service="compliance-mapper"`)).json();
  await expect.poll(forwarded, { timeout: 10_000 }).toContainEqual(
    expect.objectContaining({
      labels: expect.objectContaining({ alertname: key, severity: 'critical' }) as unknown,
      receivers: [{ name: 'page' }],
    }),
  );

  await faults.getByRole('button', { name: 'Stop' }).click();
  await faults.getByText(/, on now$/).waitFor({ state: 'detached' });
  await card
    .getByRole('heading', { name: 'model anomaly jailbreak: resolved' })
    .waitFor({ timeout: 60_000 });
  const lines = await card.getByRole('listitem').allInnerTexts();
  const happened = lines.reverse().map((line) => line.replace(/^[\d:]+ /, ''));
  expect(happened.filter((line) => /^(?:raised|escalated|ackn|resolved)/.test(line))).toEqual([
    expect.stringMatching(/^raised, (?:medium|high), level 1/) as string,
    'escalated, critical, level 2: 3 occurrences within 1 h',
    'acknowledged (the page)',
    'resolved',
  ]);
  expect(happened.join('\n')).toMatch(/^told .*webhook/m);
  // The card that is over comes after those that are not, and can no longer be acted on.
  expect(await card.getByRole('button').count()).toBe(0);
  expect(complaints).toEqual([]);
}, 240_000);
