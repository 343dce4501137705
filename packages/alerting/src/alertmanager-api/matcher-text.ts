import { HttpProblem } from '../http/http-problem.js';
import { checkMatchers, type Matcher } from '../noise/silence.js';

/** A name and an operator; what follows is read by hand, so that no text takes long. */
const beginning = /[ \t\n]*([a-zA-Z_:][\w:]*)[ \t\n]*(=~|!~|!=|=)[ \t\n]*/y;
const quoted = /"((?:[^"\\]|\\.)*)"/sy;
const plain = /[^",{}]*/y;
const ending = /[ \t\n]*(?:,|$)/y;

/** Matchers as Alertmanager writes them: `alertname="Slow"`, `{team=~"a|b",env!=test}`. */
export function parseMatchers(text: string): readonly Matcher[] {
  const trimmed = text.trim();
  const braced = trimmed.startsWith('{') && trimmed.endsWith('}');
  const list = braced ? trimmed.slice(1, -1) : trimmed;
  const matchers: Matcher[] = [];
  for (let at = 0; at < list.length;) {
    const start = matchAt(beginning, list, at);
    if (start === null) throw unreadable(text);
    const [begun, label = '', op] = start;
    at += begun.length;
    const inQuotes = matchAt(quoted, list, at);
    const value = inQuotes === null ? matchAt(plain, list, at) : inQuotes;
    at += value?.[0].length ?? 0;
    const end = matchAt(ending, list, at);
    if (end === null) throw unreadable(text);
    at += end[0].length;
    matchers.push({
      label,
      op: op as '=' | '!=' | '=~' | '!~',
      value: inQuotes === null ? (value?.[0] ?? '').trim() : unescaped(inQuotes[1] ?? ''),
    });
  }
  return checkedMatchers(matchers);
}

/** The matchers, or the problem of one that cannot work. */
export function checkedMatchers(matchers: readonly Matcher[]): readonly Matcher[] {
  try {
    checkMatchers(matchers);
  } catch (error) {
    throw new HttpProblem(400, error instanceof Error ? error.message : 'bad matcher');
  }
  return matchers;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/gs, (_, character: string) =>
    character === 'n' ? '\n' : character,
  );
}

function unreadable(text: string): HttpProblem {
  return new HttpProblem(400, `bad matcher format: ${text.slice(0, 200)}`);
}
