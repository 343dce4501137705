import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

/** One option of a command: `--name <placeholder>`. */
export interface Option<T> {
  readonly placeholder: string;
  readonly help: string;
  readonly fallback: T;
  /** The value of the text, or undefined when it cannot be one. */
  readonly read: (text: string) => T | undefined;
}

/** A command, as `--help` shows it. */
export interface Command<O extends Readonly<Record<string, Option<unknown>>>> {
  /** How it is called, such as `npm run crash:alerting --`. */
  readonly usage: string;
  readonly summary: string;
  readonly options: O;
}

/** The value of each option. */
export type Values<O extends Readonly<Record<string, Option<unknown>>>> = {
  readonly [Name in keyof O]: O[Name] extends Option<infer T> ? T : never;
};

/** An argument that cannot be used; the message names it and the value. */
export class CommandLineError extends Error {
  override readonly name = 'CommandLineError';
}

/** A whole number. */
export function whole(
  fallback: number,
  { min, max, help }: { readonly min: number; readonly max: number; readonly help: string },
): Option<number> {
  return {
    placeholder: `${min}..${max}`,
    help,
    fallback,
    read: (text) => {
      const value = Number(text);
      return /^\d+$/.test(text) && value >= min && value <= max ? value : undefined;
    },
  };
}

/** Any text. */
export function textOption(fallback: string, help: string): Option<string> {
  return { placeholder: 'text', help, fallback, read: (text) => text };
}

/** One of these; the first when none is given. */
export function oneOf<T extends string>(all: readonly [T, ...T[]], help: string): Option<T> {
  return {
    placeholder: all.join('|'),
    help,
    fallback: all[0],
    read: (text) => all.find((one) => one === text),
  };
}

/** One or several of these, separated by commas. */
export function someOf<T extends string>(all: readonly T[], help: string): Option<readonly T[]> {
  return {
    placeholder: all.join(','),
    help,
    fallback: all,
    read: (text) => {
      const chosen = text.split(',');
      return chosen.every((one) => (all as readonly string[]).includes(one))
        ? (chosen as T[])
        : undefined;
    },
  };
}

/** Where chance begins; the same seed takes the same decisions. Default: a new one, which is printed. */
export function seedOption(): Option<number> {
  return whole(randomInt(2 ** 31), {
    min: 0,
    max: 2 ** 31,
    help: 'where chance begins (default: a new one, which is printed)',
  });
}

/** The options' values. @throws CommandLineError naming the argument that cannot be used. */
export function readArguments<O extends Readonly<Record<string, Option<unknown>>>>(
  { options }: Pick<Command<O>, 'options'>,
  args: readonly string[],
): Values<O> | 'help' {
  const known = Object.fromEntries(
    Object.keys(options).map((name) => [name, { type: 'string' } as const]),
  );
  let given: Readonly<Record<string, string | boolean | undefined>>;
  try {
    const parsed = parseArgs({
      args: [...args],
      options: { ...known, help: { type: 'boolean' } },
      strict: true,
    });
    given = parsed.values;
  } catch (error) {
    throw new CommandLineError(error instanceof Error ? error.message : String(error));
  }
  if (given['help'] === true) return 'help';
  const values: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(options)) {
    const text = given[name];
    if (typeof text !== 'string') {
      values[name] = option.fallback;
      continue;
    }
    const value = option.read(text);
    if (value === undefined) {
      throw new CommandLineError(
        `--${name} must be ${option.placeholder}, got ${JSON.stringify(text)}`,
      );
    }
    values[name] = value;
  }
  return values as Values<O>;
}

/** What `--help` prints. */
export function helpText<O extends Readonly<Record<string, Option<unknown>>>>(
  command: Command<O>,
): string {
  const lines = Object.entries(command.options).map(([name, { placeholder, help, fallback }]) => {
    const known = help.includes('(default') ? '' : ` (default ${String(fallback)})`;
    return `  --${`${name} ${placeholder}`.padEnd(30)} ${help}${known}`;
  });
  return [command.summary, '', `${command.usage} [options]`, '', ...lines, ''].join('\n');
}

/** Runs a command: it ends with 0 when `run` says that all held, with 1 when not, with 2 for a wrong argument. */
export async function runCommand<O extends Readonly<Record<string, Option<unknown>>>>(
  command: Command<O>,
  run: (values: Values<O>) => Promise<boolean>,
): Promise<never> {
  let values: Values<O> | 'help';
  try {
    values = readArguments(command, process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}; see --help`);
    process.exit(2);
  }
  if (values === 'help') {
    console.log(helpText(command));
    process.exit(0);
  }
  try {
    process.exit((await run(values)) ? 0 : 1);
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
}
