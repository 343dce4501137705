import { describe, expect, it, vi } from 'vitest';
import { AlertingSystem, logChannel, type LoggerLike } from '../../src/index.js';

function logger() {
  const lines: { level: string; message: string; fields: Record<string, unknown> }[] = [];
  const at =
    (level: string) =>
    (message: string, fields: Record<string, unknown> = {}) =>
      lines.push({ level, message, fields });
  const log: LoggerLike = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  };
  return { log, lines };
}

describe('the log channel', () => {
  it('writes a first alert, an escalation, an acknowledgement and an end that differ', async () => {
    const { log, lines } = logger();
    const system = new AlertingSystem({ channels: [logChannel({ logger: log })] });
    const alert = { key: 'k', annotations: { summary: 'slow' }, labels: { tenant: 't' } };
    for (let index = 0; index < 3; index += 1) await system.raise(alert);
    const ref = { key: 'k', labels: { tenant: 't' } };
    await system.acknowledge(ref, { by: 'ann', note: 'on it' });
    await system.resolve(ref, { by: 'ann' });
    await system.flush();
    await system.stop();
    expect(lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'warn [ALERT medium] k{tenant="t"}: slow',
      'error [ESCALATED to level 2, critical] k{tenant="t"}: slow (3 occurrences within 3600000 ms)',
      'info [ACKNOWLEDGED by ann] k{tenant="t"}: slow (on it)',
      'info [RESOLVED by ann] k{tenant="t"}: slow',
    ]);
    expect(lines[1]?.fields).toMatchObject({
      event: 'alert.escalated',
      alert_id: 'k{tenant="t"}',
      escalation_level: 2,
      severity: 'critical',
      policy: 'default',
    });
  });

  it('is tried again when the logger throws', async () => {
    const { log, lines } = logger();
    const warn = vi.fn(log.warn).mockImplementationOnce(() => {
      throw new Error('disk full');
    });
    const system = new AlertingSystem({
      channels: [logChannel({ logger: { ...log, warn } })],
      retry: { minMillis: 5 },
    });
    await system.raise({ key: 'k' });
    expect(await system.flush()).toEqual({ undelivered: 0 });
    await system.stop();
    expect(lines).toHaveLength(1);
  });
});
