import type pg from 'pg';

/** A row of `compliance_mappings` without what identifies its text. */
export interface StoredMapping {
  readonly at: string;
  readonly tenantId: string | null;
  readonly detector: string;
  readonly framework: string;
  readonly control: string;
  readonly category: string;
  readonly severity: string;
  readonly confidence: number;
}

const mostRows = 1000;

/** @param tenant whose rows; null: all of them */
export async function readStoredMappings(
  pool: Pick<pg.Pool, 'query'>,
  correlationId: string,
  tenant: string | null,
): Promise<StoredMapping[]> {
  const { rows } = await pool.query<StoredMapping>(
    `select created_at as at, tenant_id as "tenantId", detector, framework, control, category, severity, confidence
       from compliance_mappings
      where correlation_id = $1 and ($3::text is null or tenant_id = $3)
      order by created_at, framework, control
      limit $2`,
    [correlationId, mostRows, tenant],
  );
  return rows;
}
