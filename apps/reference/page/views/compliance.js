import { Chart } from '../chart.js';
import { byId, fillTable, fillTiles } from '../elements.js';
import { failed, number, percent } from '../format.js';

const severities = ['low', 'medium', 'high', 'critical'];
const total = (bySeverity) => severities.reduce((sum, name) => sum + (bySeverity[name] ?? 0), 0);

/** Score, violations, and their trend. */
export function complianceView() {
  const chart = new Chart(byId('risk-chart'), {
    label: 'Mappings an hour',
    hourly: true,
    classOf: (_name, index) => (index === 0 ? 'series-1' : 'series-error'),
  });
  return (feed) => {
    const { compliance, risk } = feed.state;
    const score = failed(compliance) ? {} : compliance;
    fillTiles(byId('compliance'), [
      [
        'Score (mean confidence)',
        failed(compliance) ? 'unavailable' : number(score.overallScore, 3),
      ],
      ['Above 0.8', percent(score.highConfidenceRatio)],
      ['Mappings', number(score.totalMappings)],
    ]);
    fillTable(
      byId('violations'),
      ['Framework', ...severities.map((name) => `#${name}`)],
      failed(risk)
        ? [['unavailable', ...severities.map(() => '')]]
        : Object.entries(risk.byFramework).map(([framework, bySeverity]) => [
            framework,
            ...severities.map((name) => number(bySeverity[name] ?? 0)),
          ]),
    );
    const hours = failed(risk) ? [] : risk.byHour;
    // The second is part of the first, and drawn over it.
    chart.show(
      hours.map(([hour]) => Date.parse(hour) / 1000),
      {
        'all mappings': hours.map(([, sums]) => total(sums)),
        'high and critical': hours.map(([, sums]) => (sums.high ?? 0) + (sums.critical ?? 0)),
      },
    );
  };
}

/** How sure the mappings are. */
export function showConfidence({ state: { confidenceBounds: bounds = [] }, points }) {
  const counts = bounds.map((_bound, index) =>
    points.reduce((sum, { confidences }) => sum + (confidences?.[index] ?? 0), 0),
  );
  const most = Math.max(1, ...counts);
  // Few mappings are unsure, so the lowest bounds are mostly of none.
  const first = counts.findIndex((count) => count > 0);
  fillTable(
    byId('confidence'),
    ['Up to', '#Mappings', 'Distribution'],
    bounds
      .map((bound, index) => [
        number(bound, 2),
        number(counts[index]),
        { bar: counts[index] / most },
      ])
      .slice(Math.max(0, first)),
  );
}
