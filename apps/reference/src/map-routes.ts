import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Limits } from './limits/limits.js';
import type { RateLimits } from './limits/rate-limits.js';
import type { MappedText } from './mapper.js';
import { tenantPattern } from './tenant.js';

export type MapText = (text: string, tenantId: string | undefined) => Promise<MappedText>;

interface MapRequest {
  readonly text: string;
  tenantId?: string;
}
interface MapBatch {
  readonly items: readonly MapRequest[];
}

/** `POST /map` and `POST /map/batch`: the work of the service. */
export function addMapRoutes(
  app: FastifyInstance,
  map: MapText,
  limits: Pick<Limits, 'textCharacters' | 'batchItems'>,
  rateLimits: RateLimits,
): void {
  const one = {
    type: 'object',
    required: ['text'],
    additionalProperties: false,
    properties: {
      text: { type: 'string', minLength: 1, maxLength: limits.textCharacters },
      tenantId: { type: 'string', pattern: tenantPattern.source },
    },
  };
  const many = {
    type: 'object',
    required: ['items'],
    additionalProperties: false,
    properties: {
      items: { type: 'array', minItems: 1, maxItems: limits.batchItems, items: one },
    },
  };
  const config = { forTenants: true };
  const preHandler = [
    bindTenant,
    rateLimits.ofTenants((request) => itemsOf(request).flatMap(({ tenantId = [] }) => tenantId)),
  ];

  app.post<{ Body: MapRequest }>(
    '/map',
    { schema: { body: one }, config, preHandler },
    ({ body }) => map(body.text, body.tenantId),
  );
  app.post<{ Body: MapBatch }>(
    '/map/batch',
    { schema: { body: many }, config, preHandler },
    async ({ body }) => {
      const results = [];
      // One after the other: a batch takes no more of the service than a client that asks in a row.
      for (const item of body.items) results.push(await map(item.text, item.tenantId));
      return { results };
    },
  );
}

function itemsOf({ body }: FastifyRequest): readonly MapRequest[] {
  return (body as Partial<MapBatch>).items ?? [body as MapRequest];
}

/** What comes with a tenant's token is this tenant's, and cannot be another's. */
async function bindTenant(
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  const { tenant } = request;
  if (tenant === null) return undefined;
  for (const item of itemsOf(request)) {
    if ((item.tenantId ??= tenant) !== tenant) {
      return reply.code(403).send({ error: 'the token is bound to another tenant' });
    }
  }
  return undefined;
}
