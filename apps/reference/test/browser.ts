import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Browser, type Page } from 'playwright-core';
import { chromiumPath } from 'test-services';
import { expect, onTestFinished } from 'vitest';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export interface Tab {
  readonly page: Page;
  /** What the page complained about: errors of scripts, and what its policy refused. */
  readonly complaints: readonly string[];
}

/** A real Chromium; close it in the end. */
export async function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: await chromiumPath(), args: flags });
}

/** A tab of a browser profile of its own, which ends with the test. */
export async function openTab(
  browser: Browser,
  options: { colorScheme?: 'light' | 'dark'; width?: number } = {},
): Promise<Tab> {
  const { colorScheme = 'light', width = 1280 } = options;
  const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (line) => {
    if (['error', 'warning'].includes(line.type())) complaints.push(line.text());
  });
  return { page, complaints };
}

/** How people look at the page. */
export const looks = [
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'dark', width: 1280 },
  { colorScheme: 'dark', width: 380 },
  { colorScheme: 'light', width: 380 },
] as const;

/** Changes how an open page is looked at. */
export async function wear(page: Page, { colorScheme, width }: (typeof looks)[number]) {
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize({ width, height: 900 });
}

/** Cards and tiles that lie over each other, and words that are cut off. */
const untidy = `(() => {
  const found = [];
  const shown = (node) => node.getClientRects().length > 0;
  const name = (node) => node.id || node.textContent.trim().slice(0, 40);
  for (const parent of document.querySelectorAll('main, #now, .cards, .stack, header, .row')) {
    const boxes = [...parent.children].filter(shown).map((node) => [node, node.getBoundingClientRect()]);
    boxes.forEach(([one, a], index) => {
      for (const [other, b] of boxes.slice(index + 1)) {
        const over = Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
          && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
        if (over) found.push(name(one) + ' lies over ' + name(other));
      }
    });
  }
  for (const node of document.querySelectorAll('h1, h2:not(.unseen), h3, dt, dd, p:not(.unseen), button, label, .legend li')) {
    if (shown(node) && node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).display !== 'inline')
      found.push(name(node) + ' is cut off');
  }
  return found;
})()`;

/** No serious or critical finding of axe, nothing wider than the screen, over anything else, or cut off. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await page.evaluate<{
    violations: { id: string; impact: string; nodes: { target: string[] }[] }[];
  }>(`${axe}; axe.run()`);
  const serious = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  expect(serious).toEqual([]);
  const [content, screen] = await page.evaluate<[number, number]>(
    '[document.documentElement.scrollWidth, innerWidth]',
  );
  expect(content).toBeLessThanOrEqual(screen);
  expect(await page.evaluate<string[]>(untidy)).toEqual([]);
}

/** Every control is reached with the Tab key alone, in the order of the page, and is seen to be. */
export async function expectKeyboardUse(page: Page): Promise<void> {
  const controls = await page.evaluate<number>(`
    globalThis.controls = [...document.querySelectorAll('a, button:enabled, input, select, [tabindex="0"]')]
      .filter((node) => node.getClientRects().length > 0);
    globalThis.controls.length`);
  const reached: unknown[] = [];
  await page.evaluate('document.activeElement?.blur(), scrollTo(0, 0)');
  for (let n = 0; n < controls; n += 1) {
    await page.keyboard.press('Tab');
    reached.push(
      await page.evaluate(`({
        control: globalThis.controls.indexOf(document.activeElement),
        seen: getComputedStyle(document.activeElement).outlineStyle !== 'none',
      })`),
    );
  }
  expect(reached).toEqual(
    Array.from({ length: controls }, (_, control) => ({ control, seen: true })),
  );
}
