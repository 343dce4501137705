import type { Severity } from '../alert.js';
import type { AlertingSystem } from '../alerting-system.js';
import { systemClock, type Clock } from '../clock.js';
import { AlertingConfigError, checkedNumber, checkedObject } from '../configuration.js';
import { durationMillis, type Duration } from '../duration.js';
import {
  checkedPath,
  httpHandler,
  type HttpCall,
  type HttpHandler,
  type HttpReply,
} from '../http/http-handler.js';
import { HttpProblem } from '../http/http-problem.js';
import { checkedSecrets, type SigningSecret } from '../http/signing-secret.js';
import { AlertIntake } from './alert-intake.js';
import { listAlerts } from './alert-listing.js';
import { hasBearerToken } from './bearer-token.js';
import { statusOf } from './alertmanager-status.js';
import { listSilences, oneSilence, postSilence } from './silence-routes.js';

/** How the API is served. */
export interface AlertmanagerHandlerOptions {
  readonly alerting: Pick<
    AlertingSystem,
    | 'raise'
    | 'clear'
    | 'alert'
    | 'active'
    | 'silence'
    | 'unsilence'
    | 'silences'
    | 'stats'
    | 'policies'
    | 'inhibitedBy'
  >;
  /** Callers send it as `Authorization: Bearer …`; several while one replaces another. */
  readonly token?: SigningSecret;
  /** Serves everybody who reaches it; must be said when there is no `token`. Default false. */
  readonly allowUnauthenticated?: boolean;
  /** Below which path it answers; Prometheus calls it `path_prefix`. Default: none. */
  readonly path?: string;
  /** An alert that comes without an end ends after so long unless it is posted again. Default 5 minutes. */
  readonly resolveTimeout?: Duration;
  /** Severity of an alert. Default: by its label `severity`. */
  readonly severity?: (labels: Readonly<Record<string, string>>) => Severity;
  /** Larger bodies are refused, bytes. Default 4 MiB. */
  readonly maxBodyBytes?: number;
  /** No more alerts are listed at once; a list that was cut has the header `x-alerts-truncated`. Default 50 000. */
  readonly maxListed?: number;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Hears of what went wrong inside, such as a store that cannot be reached. Default: nobody. */
  readonly onError?: (error: Error) => void;
}

/** What a handler has done since it was made. */
export interface AlertmanagerCounts {
  /** Alerts that were posted, each time. */
  received: number;
  /** Those that opened an episode. */
  opened: number;
  /** Those that said it was over. */
  cleared: number;
  /** Those that were senseless. */
  refused: number;
  /** Requests without a known token. */
  unauthorized: number;
  /** Requests that failed, because the store could not be reached or for any other reason. */
  failed: number;
}

/** Serves Alertmanager's API v2. */
export interface AlertmanagerHandler extends HttpHandler {
  stats(): Readonly<AlertmanagerCounts>;
}

const known: readonly (keyof AlertmanagerHandlerOptions)[] = [
  'alerting',
  'token',
  'allowUnauthenticated',
  'path',
  'resolveTimeout',
  'severity',
  'maxBodyBytes',
  'maxListed',
  'clock',
  'onError',
];

/**
 * A handler of Alertmanager's API v2, so that Prometheus (`alerting.alertmanagers`) and `amtool` work
 * with this system as they are.
 *
 * @throws AlertingConfigError naming the option and the value that cannot work.
 */
export function alertmanagerHandler(options: AlertmanagerHandlerOptions): AlertmanagerHandler {
  checkedObject('', options, known);
  const { alerting, clock = systemClock, severity, allowUnauthenticated = false } = options;
  if (options.token === undefined && !allowUnauthenticated) {
    throw new AlertingConfigError('token', 'is needed, or allowUnauthenticated: true');
  }
  const tokens = options.token === undefined ? null : checkedSecrets('token', options.token, 16);
  const maxListed = checkedNumber('maxListed', options.maxListed ?? 50_000, { min: 1 });
  const counts: AlertmanagerCounts = {
    received: 0,
    opened: 0,
    cleared: 0,
    refused: 0,
    unauthorized: 0,
    failed: 0,
  };
  const now = (): number => clock.now();
  const startedAt = now();
  const intake = new AlertIntake({
    alerting,
    severity,
    resolveTimeoutMillis: durationMillis('resolveTimeout', options.resolveTimeout ?? '5m', 1000),
    now,
    counts,
  });

  const answer = async (call: HttpCall): Promise<HttpReply | null> => {
    const { method, path, query } = call;
    // These show nothing, and whoever watches processes has no token.
    if (path === '/-/healthy') return { status: 200, body: 'OK' };
    if (path === '/-/ready') {
      const { store } = await alerting.stats();
      return store === null ? { status: 503, body: 'no store' } : { status: 200, body: 'OK' };
    }
    if (!path.startsWith('/api/v2/')) return null;
    if (tokens !== null && !hasBearerToken(call.header('authorization'), tokens)) {
      counts.unauthorized += 1;
      const headers = { 'www-authenticate': 'Bearer', 'content-type': 'application/json' };
      return { status: 401, headers, body: '"a bearer token is needed"' };
    }
    const reading = method === 'GET' || method === 'HEAD';
    switch (path) {
      case '/api/v2/alerts': {
        if (method === 'POST') {
          const list = await jsonBody(call);
          if (!Array.isArray(list)) throw new HttpProblem(400, 'the body must be a list of alerts');
          await intake.take(list);
          return { status: 200 };
        }
        if (!reading) return notAllowed('GET, HEAD, POST');
        const { alerts, truncated } = await listAlerts(alerting, query, maxListed, now());
        const headers: Record<string, string> = truncated ? { 'x-alerts-truncated': 'true' } : {};
        return { status: 200, headers, body: alerts };
      }
      case '/api/v2/silences':
        if (method === 'POST') return postSilence(alerting, await jsonBody(call), now());
        return reading ? listSilences(alerting, query, now()) : notAllowed('GET, HEAD, POST');
      case '/api/v2/status':
        return reading ? { status: 200, body: statusOf(startedAt) } : notAllowed('GET, HEAD');
      case '/api/v2/receivers':
        if (!reading) return notAllowed('GET, HEAD');
        return { status: 200, body: alerting.policies.map((name) => ({ name })) };
      default: {
        const [, id] = /^\/api\/v2\/silence\/([\w-]{1,100})$/.exec(path) ?? [];
        if (id === undefined) return null;
        if (!reading && method !== 'DELETE') return notAllowed('GET, HEAD, DELETE');
        return oneSilence(alerting, call, id, now());
      }
    }
  };

  const handler = httpHandler({
    path: checkedPath(options.path ?? '/'),
    maxBodyBytes: checkedNumber('maxBodyBytes', options.maxBodyBytes ?? 4_194_304, { min: 1 }),
    answer,
    onError(error) {
      counts.failed += 1;
      try {
        options.onError?.(error instanceof Error ? error : new Error(String(error)));
      } catch {
        // The host's listener is the host's: its errors must not keep an alert.
      }
    },
    // Alertmanager's problems are JSON texts.
    problem: (status, message) => ({
      status,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(message),
    }),
  });
  return Object.assign(handler, { stats: () => ({ ...counts }) });
}

function notAllowed(allow: string): HttpReply {
  return { status: 405, headers: { allow } };
}

/** A page of another site cannot send JSON without asking first: anything else is refused. */
async function jsonBody(call: HttpCall): Promise<unknown> {
  if (!/^application\/json\b/i.test(call.header('content-type') ?? '')) {
    throw new HttpProblem(415, 'the body must be application/json');
  }
  try {
    return JSON.parse((await call.body()).toString());
  } catch (error) {
    if (error instanceof HttpProblem) throw error;
    throw new HttpProblem(400, 'the body must be JSON', { cause: error });
  }
}
