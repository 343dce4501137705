/** What one cause does to one model, or to many at once. */
export interface Finding {
  /** Model and time of its first window. */
  readonly id: string;
  /** When its first window was, ISO 8601. */
  readonly since: string;
  /** Models that are part of it so far. */
  readonly models: number;
}

/** A finding that other models may still join. */
export interface OpenFinding {
  id: string;
  since: number;
  /** When the last model joined. */
  lastAt: number;
  /** Leading metric and side, such as `error_rate+`. */
  what: string;
  models: number;
}

/** Models that open an incident within so many windows of one another, may have a cause in common. */
const WINDOWS_TOGETHER = 3;
/** Models, and share of all, that move together whatever their leading metric. */
const MANY = 3;
const MANY_OF_ALL = 0.01;

/**
 * Gives each incident its finding. Models that move within a few windows of one another, by the same metric to
 * the same side, are one finding; where many models move at all, whatever moves beside them is part of it.
 */
export class Findings {
  readonly open: OpenFinding[];
  /** Findings made. */
  count: number;

  constructor(open: OpenFinding[] = [], count = 0) {
    this.open = open;
    this.count = count;
  }

  /** The finding of an incident that a model opens. `cadence` is the time between its windows, milliseconds. */
  join(modelName: string, what: string, at: number, cadence: number, models: number): OpenFinding {
    const near = this.open.filter(
      ({ lastAt }) => Math.abs(at - lastAt) <= WINDOWS_TOGETHER * cadence,
    );
    const alike = near.find((finding) => finding.what === what);
    const many = Math.max(MANY, MANY_OF_ALL * models);
    const wide = near.find((finding) => finding.models >= many);
    const joined = alike ?? wide;
    if (joined !== undefined) {
      joined.models += 1;
      joined.lastAt = Math.max(joined.lastAt, at);
      return joined;
    }
    const finding = { id: `${modelName}@${new Date(at).toISOString()}`, since: at, lastAt: at, what, models: 1 }; // prettier-ignore
    this.count += 1;
    this.open.push(finding);
    if (this.open.length > MOST_OPEN) this.open.shift();
    return finding;
  }

  /** What is known of a finding; one long past stands for its first model only. */
  describe(id: string, since: number): Finding {
    const models = this.open.find((finding) => finding.id === id)?.models ?? 1;
    return { id, since: new Date(since).toISOString(), models };
  }
}

const MOST_OPEN = 200;
