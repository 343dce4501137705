import type { FastifyInstance } from 'fastify';
import type { MappedText } from './mapper.js';

export type MapText = (text: string, tenantId: string | undefined) => Promise<MappedText>;

interface MapRequest {
  readonly text: string;
  readonly tenantId?: string;
}

const longestText = 100_000;
const mostInBatch = 100;

const mapRequestSchema = {
  type: 'object',
  required: ['text'],
  additionalProperties: false,
  properties: {
    text: { type: 'string', minLength: 1, maxLength: longestText },
    tenantId: { type: 'string', pattern: '^[A-Za-z0-9._:-]{1,64}$' },
  },
};

/** `POST /map` and `POST /map/batch`. */
export function addMapRoutes(app: FastifyInstance, map: MapText): void {
  app.post<{ Body: MapRequest }>('/map', { schema: { body: mapRequestSchema } }, ({ body }) =>
    map(body.text, body.tenantId),
  );

  app.post<{ Body: { items: readonly MapRequest[] } }>(
    '/map/batch',
    {
      schema: {
        body: {
          type: 'object',
          required: ['items'],
          additionalProperties: false,
          properties: {
            items: { type: 'array', minItems: 1, maxItems: mostInBatch, items: mapRequestSchema },
          },
        },
      },
    },
    async ({ body }) => {
      const results = [];
      // One after the other: a batch takes no more of the service than a client that asks in a row.
      for (const item of body.items) results.push(await map(item.text, item.tenantId));
      return { results };
    },
  );
}
