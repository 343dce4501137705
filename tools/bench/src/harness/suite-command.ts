import { writeFileSync } from 'node:fs';
import { runCommand, textOption, type Command, type Option, type Values } from '../command-line.js';
import { FigureReport } from './figure-report.js';

const figuresOption = {
  figures: textOption('', 'file that figures are written to as JSON (default: none)'),
} as const;

/**
 * Runs a command that measures: beside what it prints it reports figures, which are written where `--figures` says. It
 * ends as `runCommand` does; what throws leaves no figures.
 */
export function runSuiteCommand<O extends Readonly<Record<string, Option<unknown>>>>(
  command: Command<O>,
  run: (values: Values<O>, report: FigureReport) => Promise<boolean>,
): Promise<never> {
  const options = { ...command.options, ...figuresOption };
  return runCommand({ ...command, options }, async (values) => {
    const report = new FigureReport();
    const holds = await run(values, report);
    const { figures } = values as unknown as Values<typeof figuresOption>;
    if (figures !== '') writeFileSync(figures, JSON.stringify(report));
    return holds;
  });
}
