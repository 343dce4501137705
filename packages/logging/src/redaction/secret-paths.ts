/** Where a walk stands among the paths: what is a secret here, and what may be further down. */
export interface SecretPath {
  /** Whether the value that stands here is a secret. */
  readonly ends: boolean;
  readonly keys: ReadonlyMap<string, SecretPath>;
  /** What holds for every other key. */
  readonly any: SecretPath | undefined;
}

/** The place one key further down; undefined where no path leads. */
export function below(path: SecretPath, key: string): SecretPath | undefined {
  return path.keys.get(key) ?? path.any;
}

/**
 * Compiles paths as pino takes them, `user.email`, `items[*].card`, `*.ssn`, `headers["x-key"]`, into
 * one tree that a walk goes down. Any number of wildcards may stand anywhere; each is one level.
 *
 * @throws SyntaxError for what is no path
 */
export function compilePaths(paths: readonly string[]): SecretPath | undefined {
  return paths.length === 0 ? undefined : treeOf(paths.map((path) => segmentsOf(path)));
}

const anyKey = Symbol('*');
type Segment = string | typeof anyKey;

function treeOf(paths: readonly (readonly Segment[])[]): SecretPath {
  const next = (key: Segment): SecretPath => {
    const through = paths.filter(([first]) => first === key || first === anyKey);
    return treeOf(through.map((path) => path.slice(1)));
  };
  const firsts = new Set(paths.flatMap(([first]) => (first === undefined ? [] : [first])));
  const named = [...firsts].filter((first) => typeof first === 'string');
  return {
    ends: paths.some((path) => path.length === 0),
    // A named key's place knows what the wildcards beside it lead to.
    keys: new Map(named.map((key) => [key, next(key)])),
    any: firsts.has(anyKey) ? next(anyKey) : undefined,
  };
}

const segment =
  /(?:^|(?<!^)\.)([^.[\]"'`\s]+)|\[(?:"([^"]*)"|'([^']*)'|`([^`]*)`|([^[\]"'`\s]+))\]/y;

function segmentsOf(path: string): Segment[] {
  const segments: Segment[] = [];
  segment.lastIndex = 0;
  while (segment.lastIndex < path.length) {
    const found = segment.exec(path);
    if (found === null) throw new SyntaxError(`no path: ${JSON.stringify(path)}`);
    const [, dotted, double, single, backtick, bracketed] = found as (string | undefined)[];
    const bare = dotted ?? bracketed;
    segments.push(bare === '*' ? anyKey : (bare ?? double ?? single ?? backtick ?? ''));
  }
  if (segments.length === 0) throw new SyntaxError('no path: ""');
  return segments;
}
