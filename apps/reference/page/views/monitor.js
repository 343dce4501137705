import { Chart } from '../chart.js';
import { byId, element, fillTable, keyed, setText } from '../elements.js';
import { figure, number, time, words } from '../format.js';

const classes = { normal: 'good', anomaly_detected: 'bad' };

/** What the anomaly monitor says of each model, and why it flagged the latest window that it flagged. */
export function monitorView() {
  const chart = new Chart(byId('scores-chart'), { label: 'Anomaly score', line: 1 });
  return (feed) => {
    const { windowMillis, models = [] } = feed.state.monitor ?? {};
    chart.show(
      feed.times,
      Object.fromEntries(
        models.map(({ modelName }) => [
          modelName,
          feed.line(({ anomalyScores }) => anomalyScores[modelName]),
        ]),
      ),
    );
    setText(byId('monitor-window'), `, windows of ${number(windowMillis / 1000, 1)} s`);
    fillTable(
      byId('monitor'),
      ['Model', 'Status', '#Score', '#Learnt', '#Scored', '#Flagged'],
      models.map((model) => [
        words(model.modelName),
        [words(model.status), classes[model.status] ?? 'quiet'],
        number(model.anomalyScore, 2),
        number(model.windowsTrained),
        number(model.windowsScored),
        number(model.windowsAnomalous),
      ]),
    );
    const flagged = models.filter((model) => model.flagged !== null);
    byId('flagged-section').hidden = flagged.length === 0;
    keyed(byId('flagged'), flagged, ({ modelName }) => modelName, createCard, updateCard);
  };
}

function createCard({ modelName }) {
  const table = element('table', { className: 'bars' });
  const scroll = element('div', { className: 'scroll', tabIndex: 0, role: 'group' }, table);
  scroll.ariaLabel = `Why ${words(modelName)} was flagged`;
  return element('li', { className: 'card' }, element('h3'), scroll);
}

function updateCard(card, { modelName, flagged }) {
  const { timestamp, anomalyScore, anomalies, contributions } = flagged;
  setText(
    card.firstElementChild,
    `${words(modelName)} at ${time(timestamp)}, score ${number(anomalyScore, 2)}`,
  );
  const total = Object.values(contributions).reduce((sum, part) => sum + part, 0);
  fillTable(
    card.querySelector('table'),
    ['Metric', '#Value', '#Usual', '#z', '#Part', 'Share'],
    anomalies.map(({ metric, currentValue, baselineMean, zScore, severity, contribution }) => {
      const share = total > 0 ? contribution / total : 0;
      return [
        words(metric),
        figure(currentValue),
        figure(baselineMean),
        [deviation(zScore), severity === 'high' ? 'bad' : ''],
        `${number(share * 100)} %`,
        { bar: share },
      ];
    }),
  );
}

/** What never moved in training has no spread to measure a change by. */
function deviation(z) {
  return Math.abs(z) < 1000 ? number(z, 1) : z > 0 ? 'over 1000' : 'under -1000';
}
