import { businessCatalogue, foldedObservations } from './business-catalogue.js';
import { genAiCatalogue } from './gen-ai-catalogue.js';
import { httpCatalogue } from './http-catalogue.js';

/** One rule of a Prometheus rule file. */
export type PrometheusRule =
  | { readonly record: string; readonly expr: string }
  | {
      readonly alert: string;
      readonly expr: string;
      readonly for?: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly annotations: Readonly<Record<string, string>>;
    };

/** A Prometheus rule file; as JSON it is YAML. */
export interface PrometheusRules {
  readonly groups: readonly { readonly name: string; readonly rules: readonly PrometheusRule[] }[];
}

/** Where the alert rules draw their lines. */
export interface AlertRuleOptions {
  /** Share of detector requests and of HTTP requests that succeeds, from 0 to 1. Default 0.99. */
  readonly objective?: number | undefined;
  /** 95th percentile of model inference above which an alert fires, in seconds. Default 10. */
  readonly inferenceSeconds?: number | undefined;
  /** Model calls in progress in one process above which an alert fires. Default 100. */
  readonly maxInFlight?: number | undefined;
}

const requests = businessCatalogue.detectorRequests.name;
const inference = businessCatalogue.modelInferenceTime.name;
const http = httpCatalogue.requestDuration.name;
const operations = genAiCatalogue.operationDuration.name;
const windows = ['5m', '30m', '1h', '6h'] as const;

/**
 * Recording and alert rules for the metrics of this package: errors and their burn rate, latency,
 * saturation, folded series, unknown cost. Made from the catalogue, so that they name what it exports.
 */
export function prometheusRules(options: AlertRuleOptions = {}): PrometheusRules {
  const { objective = 0.99, inferenceSeconds = 10, maxInFlight = 100 } = options;
  const budget = Number((1 - objective).toPrecision(6));
  const errorRatio = (window: string): string => `detector:request_errors:ratio_rate${window}`;
  const httpErrors = (window: string): string => `http_server:request_errors:ratio_rate${window}`;
  const quantile = (metric: string, by: string): string =>
    `histogram_quantile(0.95, sum by (le, ${by}) (rate(${metric}_bucket[5m])))`;
  const alert = (
    name: string,
    severity: 'page' | 'ticket',
    expr: string,
    summary: string,
    wait?: string,
  ): PrometheusRule => ({
    alert: name,
    expr,
    ...(wait !== undefined && { for: wait }),
    labels: { severity },
    annotations: { summary },
  });
  /** Two windows, as Google's SRE workbook has it: the long one is sure, the short one lets it end soon. */
  const burn = (ratio: (window: string) => string, factor: number, long: string, short: string) =>
    `${ratio(long)} > ${Number((factor * budget).toPrecision(6))} and ${ratio(short)} > ${Number((factor * budget).toPrecision(6))}`;

  return {
    groups: [
      {
        name: 'llm-metrics-recording',
        rules: [
          ...windows.map((window) => ({
            record: errorRatio(window),
            expr: `sum by (detector_type) (rate(${requests}{status="error"}[${window}])) / sum by (detector_type) (rate(${requests}[${window}]))`,
          })),
          ...windows.map((window) => ({
            record: httpErrors(window),
            expr: `sum by (http_route) (rate(${http}_count{http_response_status_code=~"5.."}[${window}])) / sum by (http_route) (rate(${http}_count[${window}]))`,
          })),
          {
            record: 'model:inference_duration_seconds:p95_5m',
            expr: quantile(inference, 'model_name'),
          },
          {
            record: 'gen_ai_model:operation_duration_seconds:p95_5m',
            expr: quantile(operations, 'gen_ai_request_model'),
          },
          {
            record: 'gen_ai_model:cost_usd:rate1h',
            expr: `sum by (gen_ai_request_model) (rate(${genAiCatalogue.cost.name}[1h])) * 3600`,
          },
        ],
      },
      {
        name: 'llm-metrics-alerts',
        rules: [
          alert(
            'DetectorErrorBudgetBurnsFast',
            'page',
            burn(errorRatio, 14.4, '1h', '5m'),
            'Detector {{ $labels.detector_type }} fails so often that a month of errors is used up in two days.',
          ),
          alert(
            'DetectorErrorBudgetBurnsSlowly',
            'ticket',
            burn(errorRatio, 6, '6h', '30m'),
            'Detector {{ $labels.detector_type }} fails so often that a month of errors is used up in five days.',
          ),
          alert(
            'HttpErrorBudgetBurnsFast',
            'page',
            burn(httpErrors, 14.4, '1h', '5m'),
            'Route {{ $labels.http_route }} answers so many requests with an error that a month of them is used up in two days.',
          ),
          alert(
            'ModelInferenceSlow',
            'ticket',
            `model:inference_duration_seconds:p95_5m > ${inferenceSeconds}`,
            `One in twenty calls of model {{ $labels.model_name }} takes longer than ${inferenceSeconds} s.`,
            '10m',
          ),
          alert(
            'ModelCallsPileUp',
            'page',
            `sum by (instance, gen_ai_request_model) (${genAiCatalogue.inFlight.name}) > ${maxInFlight}`,
            `More than ${maxInFlight} calls of {{ $labels.gen_ai_request_model }} are in progress in {{ $labels.instance }}.`,
            '5m',
          ),
          alert(
            'MetricSeriesFolded',
            'ticket',
            `sum by (metric, label) (increase(${foldedObservations.name}[15m])) > 0`,
            'Label {{ $labels.label }} of {{ $labels.metric }} has more values than its limit: some are counted under __other__.',
          ),
          alert(
            'ModelCostUnknown',
            'ticket',
            `sum by (gen_ai_request_model, reason) (increase(${genAiCatalogue.costUnknown.name}[1h])) > 0`,
            'Calls of {{ $labels.gen_ai_request_model }} have no cost ({{ $labels.reason }}): the price table or the usage is missing.',
          ),
          alert(
            'CriticalComplianceViolations',
            'page',
            `sum by (framework) (increase(${businessCatalogue.complianceViolations.name}{severity="critical"}[5m])) > 0`,
            'Critical violations of {{ $labels.framework }} were found.',
          ),
        ],
      },
    ],
  };
}
