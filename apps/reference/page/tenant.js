import { byId, setText } from './elements.js';
import { ask } from './service.js';
import { complianceView } from './views/compliance.js';
import { requestsView } from './views/requests.js';
import { followStories } from './views/story.js';

const intervalMillis = 3000;
const mostRequests = 12;
const views = [complianceView(), requestsView()];

/** Sums as the views take them: mappings by framework and severity, and by hour and severity. */
function sumsOf(risk) {
  if ('error' in risk) return risk;
  const byFramework = {};
  const byHour = new Map();
  const add = (sums, { severity, mappings }) => {
    sums[severity] = (sums[severity] ?? 0) + mappings;
  };
  for (const cell of risk.cells) {
    add((byFramework[cell.framework] ??= {}), cell);
    if (!byHour.has(cell.hour)) byHour.set(cell.hour, {});
    add(byHour.get(cell.hour), cell);
  }
  const sorted = Object.entries(byFramework).sort(([one], [other]) => (one < other ? -1 : 1));
  return { byFramework: Object.fromEntries(sorted), byHour: [...byHour] };
}

async function show() {
  if (document.hidden) return;
  const [figures, latest] = await Promise.all([ask('/dashboard/metrics'), ask('/requests')]);
  if (figures.status === 401) {
    location.assign(`/login${location.hash}`);
    return;
  }
  const answered = figures.ok && latest.ok;
  const [text, className] = answered ? ['live', 'good'] : ['trying again', 'bad'];
  setText(byId('connection'), text, `pill ${className}`);
  if (!answered) return;
  const { tenantId, complianceScore: compliance, riskTrends } = figures.body;
  setText(byId('tenant-heading'), `Tenant ${tenantId}`);
  const requests = latest.body.requests.slice(0, mostRequests);
  for (const view of views) view({ state: { compliance, risk: sumsOf(riskTrends), requests } });
}

byId('logout').addEventListener('click', async () => {
  await ask('/logout', {});
  location.assign('/login');
});
document.addEventListener('visibilitychange', show);
followStories();
for (;;) {
  await show();
  await new Promise((resolve) => setTimeout(resolve, intervalMillis));
}
