import type { Browser } from 'playwright-core';

/** Milliseconds from the start of a navigation. */
export interface PageLoad {
  /** First contentful paint. */
  readonly painted: number;
  /** The page says that it is live, and shows figures of the service and a chart. */
  readonly live: number;
  /** Requests for files of the page, and what came over the wire for them. */
  readonly files: number;
  readonly bytes: number;
}

/** Runs in the page, before anything of it: notes the first frame in which it is of use. */
const watch = `
  globalThis.pageIsLive = new Promise((resolve) => {
    const look = () => {
      const shown = document.getElementById('connection')?.textContent === 'live'
        && /\\d/.test(document.querySelector('#now dd')?.textContent ?? '')
        && document.querySelector('#requests-chart canvas') !== null;
      if (shown) resolve(performance.now());
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
`;

/** The paint is told a little after it was, which may be later than the page is of use. */
const measured = `Promise.all([
  globalThis.pageIsLive,
  new Promise((resolve) => {
    new PerformanceObserver((list) => {
      for (const { startTime } of list.getEntriesByName('first-contentful-paint')) resolve(startTime);
    }).observe({ type: 'paint', buffered: true });
  }),
]).then(([live, painted]) => {
  const files = performance.getEntriesByType('resource').filter(({ name }) => !name.endsWith('/live'));
  const all = [...performance.getEntriesByType('navigation'), ...files];
  return {
    painted,
    live,
    files: all.length,
    bytes: all.reduce((sum, { transferSize }) => sum + transferSize, 0),
  };
})`;

/** Loads the page in a profile of its own, which has nothing of it in its cache. */
export async function loadPage(browser: Browser, url: string): Promise<PageLoad> {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.addInitScript(watch);
    await page.goto(url, { waitUntil: 'commit' });
    return await page.evaluate<PageLoad>(measured);
  } finally {
    await context.close();
  }
}
