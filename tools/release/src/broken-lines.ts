/**
 * What breaks users between two reports of an entry's API (`packages/<name>/api`): lines that are gone or changed, and
 * members that are new and required in what users hand to the package. Other lines that are new break nobody.
 */
export function brokenLines(before: string, now: string): readonly string[] {
  const old = linesOf(before);
  const present = linesOf(now);
  const gone = [...old].filter((line) => !present.has(line)).map((line) => `gone: ${line}`);
  const given = intersection(givenIn(before), givenIn(now));
  const members = new Set([...old].map(memberOf).map((member) => member?.path));
  const required = [...present].filter((line) => {
    const member = memberOf(line);
    return (
      member !== undefined &&
      !old.has(line) &&
      given.has(member.owner) &&
      !member.optional &&
      !members.has(member.path)
    );
  });
  return [...gone, ...required.map((line) => `now required: ${line}`)];
}

const mark = ', given by users';

/** Without the titles, and without who hands things over: that follows from other lines. */
function linesOf(report: string): ReadonlySet<string> {
  const lines = report.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Set(lines.map((line) => (line.endsWith(mark) ? line.slice(0, -mark.length) : line)));
}

/** The names of what users hand to the package. */
function givenIn(report: string): ReadonlySet<string> {
  const heads = report.split('\n').filter((line) => line.endsWith(mark));
  return new Set(heads.map((line) => /^\w+ ([\w$]+)/.exec(line)?.[1] ?? line));
}

function memberOf(
  line: string,
): { readonly owner: string; readonly path: string; readonly optional: boolean } | undefined {
  const [, owner, name, optional] =
    /^([\w$]+): (?!is )(?:(?:readonly|get|set) )*([^\s?:(<]*)(\?)?/.exec(line) ?? [];
  if (owner === undefined || name === undefined) return undefined;
  return { owner, path: `${owner}.${name}`, optional: optional !== undefined };
}

function intersection(one: ReadonlySet<string>, other: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...one].filter((name) => other.has(name)));
}
