import { Chart } from '../chart.js';
import { byId, fillTiles } from '../elements.js';
import { failed, number, percent } from '../format.js';

/** The figures of now, and requests over time. */
export function overviewView() {
  const chart = new Chart(byId('requests-chart'), {
    label: 'Requests per second',
    filled: true,
    classOf: (_name, index) => (index === 0 ? 'series-1' : 'series-error'),
  });
  return (feed) => {
    const { state, points } = feed;
    const { requestsPerSecond } = points.at(-1) ?? {};
    const lately = points.slice(-60);
    const sum = (name) => lately.reduce((total, point) => total + (point[name] ?? 0), 0);
    const requests = sum('requestsPerSecond');
    const errorShare = requests > 0 ? sum('errorsPerSecond') / requests : undefined;
    const { alerts = [], tenants, compliance } = state;
    const firing = alerts.filter(({ status }) => status === 'firing').length;
    const open = alerts.filter(({ status }) => status !== 'resolved').length;
    fillTiles(byId('now'), [
      ['Requests a second', number(requestsPerSecond, 1)],
      ['Errors, last minute', [percent(errorShare), errorShare > 0 ? 'bad' : '']],
      ['In progress', failed(state.activeRequests) ? 'unavailable' : number(state.activeRequests)],
      ['Active tenants', failed(tenants) ? 'unavailable' : number(tenants.activeTenants)],
      ['Compliance score', failed(compliance) ? 'unavailable' : number(compliance.overallScore, 3)],
      ['Open alerts', [number(open), firing > 0 ? 'bad' : '']],
    ]);
    document.title = open > 0 ? `(${open}) Compliance mapper` : 'Compliance mapper';
    chart.show(feed.times, {
      requests: feed.line((point) => point.requestsPerSecond),
      'failed requests': feed.line((point) => point.errorsPerSecond),
    });
  };
}
