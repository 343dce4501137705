import { byId, fillTable, fillTiles, setText } from '../elements.js';
import { failed, number } from '../format.js';

const mostShown = 10;
/** By name, since the busiest change places all the time. */
const byName = (one, other) => (one.tenantId < other.tenantId ? -1 : 1);

export function showTenants({ state: { tenants } }) {
  const busiest = failed(tenants) ? [] : [...tenants.tenants.slice(0, mostShown)].sort(byName);
  const most = Math.max(1, ...busiest.map(({ requests }) => requests));
  fillTable(
    byId('tenants'),
    ['Tenant', '#Requests', '#In progress', 'Share'],
    failed(tenants)
      ? [['unavailable', '', '', '']]
      : busiest.map(({ tenantId, requests, activeRequests }) => [
          tenantId,
          number(requests),
          number(activeRequests),
          { bar: requests / most },
        ]),
  );
}

export function showLanguageModel({ state: { languageModel, detectors = {} } }) {
  const configured = languageModel !== null && languageModel !== undefined;
  setText(
    byId('tokens-none'),
    configured
      ? `Since the start, ${detectors.language_model}.`
      : 'No language model is configured: set OPENAI_BASE_URL and OPENAI_MODEL, and what it costs is shown here.',
  );
  if (!configured) {
    fillTiles(byId('tokens'), []);
    return;
  }
  const { calls, inputTokens, outputTokens, costUsd, callsOfUnknownCost, streams } = languageModel;
  fillTiles(byId('tokens'), [
    ['Calls', number(calls)],
    ['Input tokens', number(inputTokens)],
    ['Output tokens', number(outputTokens)],
    // A cost that is not known is not zero.
    ['Cost, US dollars', callsOfUnknownCost === calls ? 'unknown' : number(costUsd, 4)],
    ['First chunk, mean ms', number((languageModel.firstChunkSeconds * 1000) / streams)],
    ['Calls of unknown cost', number(callsOfUnknownCost)],
  ]);
}
