import { businessCatalogue, foldedObservations } from './business-catalogue.js';
import { genAiCatalogue } from './gen-ai-catalogue.js';
import { httpCatalogue } from './http-catalogue.js';

/** A dashboard as Grafana imports it. */
export interface GrafanaDashboard {
  readonly title: string;
  readonly uid: string;
  readonly schemaVersion: number;
  readonly tags: readonly string[];
  readonly time: { readonly from: string; readonly to: string };
  readonly refresh: string;
  readonly templating: {
    readonly list: readonly {
      readonly name: string;
      readonly type: 'datasource';
      readonly query: string;
      readonly label: string;
    }[];
  };
  readonly panels: readonly GrafanaPanel[];
}

/** A panel of the dashboard, as Grafana reads it. */
export interface GrafanaPanel {
  readonly id: number;
  readonly title: string;
  readonly type: 'timeseries' | 'stat';
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly datasource: { readonly type: 'prometheus'; readonly uid: string };
  readonly fieldConfig: {
    readonly defaults: { readonly unit: string };
    readonly overrides: readonly never[];
  };
  readonly targets: readonly {
    readonly refId: string;
    readonly expr: string;
    readonly legendFormat: string;
    readonly exemplar: boolean;
  }[];
}

const business = businessCatalogue;
const rate = (metric: string, by: string, filter = ''): string =>
  `sum by (${by}) (rate(${metric}${filter}[$__rate_interval]))`;
const p95 = (metric: string, by: string): string =>
  `histogram_quantile(0.95, sum by (le, ${by}) (rate(${metric}_bucket[$__rate_interval])))`;

type PanelText = readonly [title: string, unit: string, expr: string, legend: string];

const panels: readonly PanelText[] = [
  [
    'Detector requests',
    'reqps',
    rate(business.detectorRequests.name, 'detector_type'),
    '{{detector_type}}',
  ],
  [
    'Detector errors',
    'percentunit',
    `${rate(business.detectorRequests.name, 'detector_type', '{status="error"}')} / ${rate(business.detectorRequests.name, 'detector_type')}`,
    '{{detector_type}}',
  ],
  [
    'Model inference, p95',
    's',
    p95(business.modelInferenceTime.name, 'model_name'),
    '{{model_name}}',
  ],
  ['Active tenants', 'none', `max(${business.activeTenants.name})`, 'tenants'],
  [
    'Busiest tenants',
    'reqps',
    `topk(10, ${rate(business.detectorRequests.name, 'tenant_id')})`,
    '{{tenant_id}}',
  ],
  [
    'Mean confidence',
    'percentunit',
    `${rate(`${business.mappingConfidence.name}_sum`, 'framework')} / ${rate(`${business.mappingConfidence.name}_count`, 'framework')}`,
    '{{framework}}',
  ],
  [
    'Violations',
    'ops',
    rate(business.complianceViolations.name, 'framework, severity'),
    '{{framework}} {{severity}}',
  ],
  [
    'Model calls',
    'reqps',
    rate(`${genAiCatalogue.operationDuration.name}_count`, 'gen_ai_request_model'),
    '{{gen_ai_request_model}}',
  ],
  [
    'Model calls that failed',
    'reqps',
    rate(
      `${genAiCatalogue.operationDuration.name}_count`,
      'gen_ai_request_model, error_type',
      '{error_type!="none"}',
    ),
    '{{gen_ai_request_model}} {{error_type}}',
  ],
  [
    'Model calls, p95',
    's',
    p95(genAiCatalogue.operationDuration.name, 'gen_ai_request_model'),
    '{{gen_ai_request_model}}',
  ],
  [
    'Time to first chunk, p95',
    's',
    p95(genAiCatalogue.timeToFirstChunk.name, 'gen_ai_request_model'),
    '{{gen_ai_request_model}}',
  ],
  [
    'Time per output chunk, p95',
    's',
    p95(genAiCatalogue.timePerOutputChunk.name, 'gen_ai_request_model'),
    '{{gen_ai_request_model}}',
  ],
  [
    'Model calls in progress',
    'none',
    `sum by (gen_ai_request_model) (${genAiCatalogue.inFlight.name})`,
    '{{gen_ai_request_model}}',
  ],
  [
    'Tokens',
    'ops',
    rate(`${genAiCatalogue.tokenUsage.name}_sum`, 'gen_ai_request_model, gen_ai_token_type'),
    '{{gen_ai_request_model}} {{gen_ai_token_type}}',
  ],
  [
    'Cost an hour',
    'currencyUSD',
    `${rate(genAiCatalogue.cost.name, 'gen_ai_request_model')} * 3600`,
    '{{gen_ai_request_model}}',
  ],
  [
    'Calls of unknown cost',
    'reqps',
    rate(genAiCatalogue.costUnknown.name, 'gen_ai_request_model, reason'),
    '{{gen_ai_request_model}} {{reason}}',
  ],
  [
    'Evaluation scores, mean',
    'percentunit',
    `${rate(`${genAiCatalogue.evaluationScore.name}_sum`, 'gen_ai_evaluation_name')} / ${rate(`${genAiCatalogue.evaluationScore.name}_count`, 'gen_ai_evaluation_name')}`,
    '{{gen_ai_evaluation_name}}',
  ],
  [
    'Evaluations',
    'ops',
    rate(genAiCatalogue.evaluations.name, 'gen_ai_evaluation_name, gen_ai_evaluation_score_label'),
    '{{gen_ai_evaluation_name}} {{gen_ai_evaluation_score_label}}',
  ],
  [
    'HTTP requests',
    'reqps',
    rate(`${httpCatalogue.requestDuration.name}_count`, 'http_route'),
    '{{http_route}}',
  ],
  [
    'HTTP errors',
    'percentunit',
    `${rate(`${httpCatalogue.requestDuration.name}_count`, 'http_route', '{http_response_status_code=~"5.."}')} / ${rate(`${httpCatalogue.requestDuration.name}_count`, 'http_route')}`,
    '{{http_route}}',
  ],
  [
    'HTTP duration, p95',
    's',
    p95(httpCatalogue.requestDuration.name, 'http_route'),
    '{{http_route}}',
  ],
  ['HTTP requests in progress', 'none', `sum(${httpCatalogue.activeRequests.name})`, 'requests'],
  [
    'Observations folded',
    'ops',
    rate(foldedObservations.name, 'metric, label'),
    '{{metric}} {{label}}',
  ],
];

/** The Grafana dashboard of this package's metrics, made from the catalogue. */
export function grafanaDashboard(): GrafanaDashboard {
  const datasource = { type: 'prometheus', uid: '${datasource}' } as const;
  return {
    title: 'LLM service',
    uid: 'llm-metrics',
    schemaVersion: 39,
    tags: ['llm'],
    time: { from: 'now-6h', to: 'now' },
    refresh: '30s',
    templating: {
      list: [{ name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source' }],
    },
    panels: panels.map(([title, unit, expr, legendFormat], i) => ({
      id: i + 1,
      title,
      type: expr.startsWith('max(') ? 'stat' : 'timeseries',
      gridPos: { x: (i % 3) * 8, y: Math.floor(i / 3) * 8, w: 8, h: 8 },
      datasource,
      fieldConfig: { defaults: { unit }, overrides: [] },
      targets: [
        { refId: 'A', expr, legendFormat, exemplar: expr.startsWith('histogram_quantile') },
      ],
    })),
  };
}
