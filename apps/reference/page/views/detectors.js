import { Chart } from '../chart.js';
import { byId, fillTable } from '../elements.js';
import { failed, number, percent, words } from '../format.js';

/** How long each detector takes and how often it fails. */
export function detectorsView() {
  const chart = new Chart(byId('latency-chart'), {
    label: '95th percentile of latency',
    unit: ' ms',
  });
  return (feed) => {
    const { latency, detectors = {} } = feed.state;
    const names = Object.keys(detectors).filter((name) => detectors[name] !== 'not configured');
    chart.show(
      feed.times,
      Object.fromEntries(
        names.map((name) => [name, feed.line(({ p95Millis }) => p95Millis[name])]),
      ),
    );
    const models = failed(latency) ? [] : latency.models;
    fillTable(
      byId('latency'),
      ['Detector', '#p50 ms', '#p95 ms', '#p99 ms', '#Calls', '#Errors'],
      failed(latency)
        ? [['unavailable', '', '', '', '', '']]
        : names.map((name) => {
            const model = models.find((each) => each.model === name);
            return [
              words(name),
              number(model?.p50Millis, 1),
              number(model?.p95Millis, 1),
              number(model?.p99Millis, 1),
              number(model?.calls ?? 0),
              [percent(model?.errorRate), model?.errorRate > 0 ? 'bad' : ''],
            ];
          }),
    );
  };
}
