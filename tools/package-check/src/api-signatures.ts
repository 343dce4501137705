import ts from 'typescript';

type Declared =
  | ts.FunctionDeclaration
  | ts.ClassDeclaration
  | ts.InterfaceDeclaration
  | ts.TypeAliasDeclaration
  | ts.EnumDeclaration
  | ts.VariableDeclaration;

/** Whether it is one of the kinds of declarations that a package exports, such as no type parameter. */
export function isDeclared(node: ts.Node): node is Declared {
  return (
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isEnumDeclaration(node) ||
    ts.isVariableDeclaration(node)
  );
}

/** Members that only the package itself may use: those of TypeScript's `private`, of `#` and of `@internal`. */
export function isHidden(node: ts.Node): boolean {
  return (
    (ts.canHaveModifiers(node) &&
      ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword) === true) ||
    (ts.isPropertyDeclaration(node) && ts.isPrivateIdentifier(node.name)) ||
    ts.getJSDocTags(node).some(({ tagName }) => tagName.text === 'internal')
  );
}

/**
 * What users can rely on of a declaration, a line each: every member, every way to call it (once without and once with
 * an argument that may be left out), every part of a union. A line that is gone or has changed breaks somebody; a line
 * more does not.
 *
 * @param given - Whether users hand it to the package, as they do with options.
 */
export function signatures(name: string, node: Declared, given: boolean): readonly string[] {
  const lines = linesOf(name, node);
  const [head = '', ...members] = lines;
  return given && (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node))
    ? [`${head}, given by users`, ...members]
    : lines;
}

function linesOf(name: string, node: Declared): readonly string[] {
  if (ts.isFunctionDeclaration(node)) return callsOf(`function ${name}`, node);
  if (ts.isVariableDeclaration(node)) return [`const ${name}: ${text(node.type ?? node)}`];
  if (ts.isEnumDeclaration(node)) return [text(node)];
  const parameters = typeParameters(node);
  if (ts.isTypeAliasDeclaration(node)) {
    const { type } = node;
    if (ts.isTypeLiteralNode(type)) {
      return [`type ${name}${parameters}`, ...membersOf(name, type.members)];
    }
    const parts = ts.isUnionTypeNode(type) ? type.types : [type];
    return [`type ${name}${parameters}`, ...parts.map((part) => `${name}: is ${text(part)}`)];
  }
  const heritage = (node.heritageClauses ?? []).map((clause) => ` ${text(clause).trim()}`).join('');
  const kind = ts.isClassDeclaration(node) ? 'class' : 'interface';
  return [`${kind} ${name}${parameters}${heritage}`, ...membersOf(name, node.members)];
}

function membersOf(
  owner: string,
  members: readonly (ts.TypeElement | ts.ClassElement)[],
): readonly string[] {
  const lines = members
    .filter((member) => !isHidden(member))
    .flatMap((member) => {
      const before = `${owner}: ${modifiers(member)}`;
      if (ts.isMethodSignature(member) || ts.isMethodDeclaration(member)) {
        const optional = member.questionToken === undefined ? '' : '?';
        return callsOf(`${before}${text(member.name)}${optional}`, member);
      }
      if (ts.isConstructorDeclaration(member)) return callsOf(`${before}constructor`, member);
      return [`${owner}: ${text(member).replace(/;$/, '')}`];
    });
  return [...new Set(lines)].sort();
}

/** Every way to call it. */
function callsOf(before: string, node: ts.SignatureDeclaration): readonly string[] {
  const returned = node.type === undefined ? '' : `: ${text(node.type)}`;
  const parameters = node.parameters.map((parameter) =>
    text(parameter).replace(/^([\w$]+)\?/, '$1'),
  );
  const mayEnd = node.parameters.findIndex(
    ({ questionToken, dotDotDotToken }) =>
      questionToken !== undefined || dotDotDotToken !== undefined,
  );
  const least = mayEnd < 0 ? parameters.length : mayEnd;
  return Array.from({ length: parameters.length - least + 1 }, (_, more) => {
    const passed = parameters.slice(0, least + more).join(', ');
    return `${before}${typeParameters(node)}(${passed})${returned}`;
  });
}

function typeParameters({
  typeParameters: declared,
}: {
  readonly typeParameters?: readonly ts.TypeParameterDeclaration[] | undefined;
}): string {
  return declared === undefined ? '' : `<${declared.map(text).join(', ')}>`;
}

function modifiers(node: ts.Node): string {
  const found = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : [];
  return found.map((modifier) => `${text(modifier)} `).join('');
}

const printer = ts.createPrinter({ removeComments: true });

/** As TypeScript prints it, in one line. */
function text(node: ts.Node): string {
  const printed = printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile());
  return printed.replace(/\s+/g, ' ');
}
