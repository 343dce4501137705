import type { FastifyInstance } from 'fastify';
import type { Monitoring } from './monitoring.js';

interface AlertRequest {
  readonly Params: { readonly key: string };
  readonly Body: {
    readonly by?: string;
    readonly note?: string;
    readonly episode?: number;
    readonly durationSeconds: number;
  };
}

const who = {
  by: { type: 'string', minLength: 1, maxLength: 100 },
  note: { type: 'string', maxLength: 1000 },
};
const change = {
  body: {
    type: 'object',
    additionalProperties: false,
    properties: { ...who, episode: { type: 'integer', minimum: 1 } },
  },
};
const silence = {
  body: {
    type: 'object',
    required: ['durationSeconds'],
    additionalProperties: false,
    properties: { ...who, durationSeconds: { type: 'number', minimum: 1, maximum: 2_592_000 } },
  },
};

/** `GET /alerts`, and what a person does about one of them. */
export function addAlertRoutes(app: FastifyInstance, monitoring: Monitoring): void {
  app.get('/alerts', { config: { forTenants: true } }, async ({ tenant }) => {
    const alerts = await monitoring.alerts();
    if (tenant === null) return alerts;
    // Those of models are about all tenants.
    const active = alerts.active.filter(({ labels }) => labels['tenant'] === tenant);
    const keys = new Set(active.map(({ key }) => key));
    const ids = new Set(active.map(({ id }) => id));
    return {
      active,
      history: alerts.history.filter(({ key }) => keys.has(key)),
      silences: alerts.silences.filter(({ alertId }) => alertId !== null && ids.has(alertId)),
    };
  });
  for (const action of ['acknowledge', 'resolve'] as const) {
    app.post<AlertRequest>(
      `/alerts/:key/${action}`,
      { schema: change },
      async ({ params, body: { by = 'api', ...rest } }, reply) => {
        const alert = await monitoring[action](params.key, { by, ...rest });
        return alert ?? reply.code(409).send({ error: `there is no such alert to ${action}` });
      },
    );
  }
  app.post<AlertRequest>(
    '/alerts/:key/silence',
    { schema: silence },
    async ({ params, body: { by = 'api', note = '', durationSeconds } }, reply) => {
      const given = await monitoring.silence(params.key, {
        durationMillis: durationSeconds * 1000,
        by,
        comment: note,
      });
      return given ?? reply.code(409).send({ error: 'there is no such alert to silence' });
    },
  );
}
