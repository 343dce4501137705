/** As much of a span as a tree needs: those of the receivers and of the SDK have it. */
export interface TreeSpan {
  readonly name: string;
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
  readonly parentSpanId?: string | undefined;
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  readonly tags?: Readonly<Record<string, unknown>> | undefined;
  readonly statusCode?: number | undefined;
  readonly status?: { readonly code: number } | undefined;
  readonly parentSpanContext?: { readonly spanId: string } | undefined;
  spanContext?(): { readonly traceId: string; readonly spanId: string };
}

/** What a trace as a text shows. */
export interface TraceTreeOptions {
  /** Attributes to show, in this order, where a span has them. Default none. */
  readonly attributes?: readonly string[] | undefined;
}

interface Node {
  readonly line: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly traceId: string;
}

/**
 * Finished spans as an indented text, one line a span, for an assertion that shows the whole trace when
 * it fails. Spans of one parent are in the order of their names, and so are traces by their roots: what
 * ran in parallel makes no flaky test. ` !` marks an error; a parent that is not among the spans (of
 * another service, or lost) is shown as `…`.
 *
 * @example
 * expect(traceTree(spans)).toBe(`
 * POST /map
 *   classify
 *     SELECT !
 * `.trim());
 */
export function traceTree(spans: readonly TreeSpan[], options: TraceTreeOptions = {}): string {
  const nodes = spans.map((span) => nodeOf(span, options.attributes ?? []));
  const known = new Set(nodes.map(({ traceId, spanId }) => `${traceId}/${spanId}`));
  const children = new Map<string, Node[]>();
  const roots: Node[] = [];
  for (const node of nodes) {
    const parent = `${node.traceId}/${node.parentId}`;
    if (!known.has(parent)) roots.push(node);
    else if (children.has(parent)) children.get(parent)?.push(node);
    else children.set(parent, [node]);
  }
  const lines = (node: Node, depth: number): string[] => {
    const below = (children.get(`${node.traceId}/${node.spanId}`) ?? [])
      .map((child) => lines(child, depth + 1))
      .sort(byText);
    const orphan = depth === 0 && !/^0*$/.test(node.parentId) ? '… ' : '';
    return [`${'  '.repeat(depth)}${orphan}${node.line}`, ...below.flat()];
  };
  return roots
    .map((root) => lines(root, 0))
    .sort(byText)
    .flat()
    .join('\n');
}

function byText(a: readonly string[], b: readonly string[]): number {
  const [left, right] = [a.join('\n'), b.join('\n')];
  return left < right ? -1 : left > right ? 1 : 0;
}

function nodeOf(span: TreeSpan, names: readonly string[]): Node {
  const own = span.spanContext?.();
  const attributes = span.attributes ?? span.tags ?? {};
  const shown = names
    .filter((name) => attributes[name] !== undefined)
    .map((name) => `${name}=${JSON.stringify(attributes[name])}`);
  const failed = (span.status?.code ?? span.statusCode) === 2 || attributes['error'] === true;
  const suffix = shown.length > 0 ? ` [${shown.join(' ')}]` : '';
  return {
    line: `${span.name}${suffix}${failed ? ' !' : ''}`,
    traceId: own?.traceId ?? span.traceId ?? '',
    spanId: own?.spanId ?? span.spanId ?? '',
    parentId: span.parentSpanContext?.spanId ?? span.parentSpanId ?? '',
  };
}
