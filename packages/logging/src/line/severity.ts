/** How a line tells its level: by name, or by a number of pino, of syslog, or of OpenTelemetry. */
export type SeverityOption = 'name' | 'number' | 'syslog' | 'otel';

type Scheme = Exclude<SeverityOption, 'name'>;

/** pino's numbers, syslog's (RFC 5424), and OpenTelemetry's, with steps between them where winston has more levels. */
const numbers: Readonly<Record<string, Readonly<Record<Scheme, number>>>> = {
  emerg: { number: 70, syslog: 0, otel: 23 },
  alert: { number: 65, syslog: 1, otel: 22 },
  crit: { number: 60, syslog: 2, otel: 21 },
  critical: { number: 60, syslog: 2, otel: 21 },
  fatal: { number: 60, syslog: 2, otel: 21 },
  error: { number: 50, syslog: 3, otel: 17 },
  err: { number: 50, syslog: 3, otel: 17 },
  warning: { number: 40, syslog: 4, otel: 13 },
  warn: { number: 40, syslog: 4, otel: 13 },
  notice: { number: 35, syslog: 5, otel: 10 },
  info: { number: 30, syslog: 6, otel: 9 },
  http: { number: 27, syslog: 6, otel: 7 },
  verbose: { number: 23, syslog: 7, otel: 6 },
  debug: { number: 20, syslog: 7, otel: 5 },
  trace: { number: 10, syslog: 7, otel: 1 },
  silly: { number: 10, syslog: 7, otel: 1 },
};

/**
 * The number of each level. None is ranked above a more severe one, whatever its name; a level of
 * another name has the number of the next more severe one, or else of the next less severe.
 */
export function severityNumbers(
  levels: Readonly<Record<string, number>>,
  scheme: Scheme,
): ReadonlyMap<string, number> {
  const ranked = Object.keys(levels).sort((a, b) => (levels[a] ?? 0) - (levels[b] ?? 0));
  const known = ranked.filter((level) => Object.hasOwn(numbers, level));
  const mostSevere = known[0] ?? 'info';
  const given = new Map<string, number>();
  let last = numbers[mostSevere]?.[scheme] ?? 0;
  for (const level of ranked) {
    const number = (known.includes(level) ? numbers[level]?.[scheme] : undefined) ?? last;
    last = scheme === 'syslog' ? Math.max(number, last) : Math.min(number, last);
    given.set(level, last);
  }
  return given;
}
