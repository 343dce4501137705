import { define } from './metric-definition.js';

/** Rate, errors and duration of an HTTP server, by OpenTelemetry's conventions under Prometheus names. */
export const httpCatalogue = {
  requestDuration: define(
    'http_server_request_duration_seconds',
    'Time from the arrival of a request to the end of its answer, in seconds.',
    ['http_request_method', 'http_route', 'http_response_status_code'],
  ),
  activeRequests: define('http_server_active_requests', 'Requests in progress.', [
    'http_request_method',
  ]),
} as const;

/** As the conventions advise. */
export const httpSecondsBuckets: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];
