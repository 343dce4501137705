import type { FastifyRequest } from 'fastify';

/** What a tenant's id looks like. */
export const tenantPattern = /^[A-Za-z0-9._:-]{1,64}$/;

/** Whose a request is, of one that was well-formed enough to be mapped; null where it tells no tenant, or several. */
export function tenantOf({ body, tenant }: FastifyRequest): string | null {
  if (tenant !== null) return tenant;
  const tenantId = (body as { tenantId?: unknown } | null | undefined)?.tenantId;
  return typeof tenantId === 'string' && tenantPattern.test(tenantId) ? tenantId : null;
}
