import ts from 'typescript';
import { isDeclared, isHidden, signatures } from './api-signatures.js';

/** What an entry of a package exports, and what of the package that leads to. */
export class ApiSurface {
  readonly #checker: ts.TypeChecker;
  readonly #folder: string;
  readonly #exported: ReadonlyMap<ts.Symbol, string>;
  /** What exports name, and whether users hand it to the package. */
  readonly #reached = new Map<ts.Symbol, boolean>();

  /** `folder`: where the declarations of the package lie. */
  constructor(checker: ts.TypeChecker, entry: ts.SourceFile, folder: string) {
    this.#checker = checker;
    this.#folder = folder;
    const module = checker.getSymbolAtLocation(entry);
    const exported = module === undefined ? [] : checker.getExportsOfModule(module);
    this.#exported = new Map(exported.map((symbol) => [this.#original(symbol), symbol.name]));
    for (const symbol of this.#exported.keys()) this.#reach(symbol, false);
  }

  /** The signatures of all exports, by name, and below them those of what they name and the entry does not export. */
  toString(): string {
    const named = [...this.#reached].map(([symbol, given]) => {
      const name = this.#exported.get(symbol);
      const declarations = (symbol.declarations ?? []).filter(isDeclared);
      const lines = declarations.flatMap((node) => signatures(name ?? symbol.name, node, given));
      return { name: name ?? symbol.name, exported: name !== undefined, lines };
    });
    const lines = (exported: boolean): readonly string[] =>
      named
        .filter((one) => one.exported === exported)
        .sort((one, other) => (one.name < other.name ? -1 : 1))
        .flatMap((one) => one.lines);
    const inner = lines(false);
    return [...lines(true), ...(inner.length === 0 ? [] : [notExported, ...inner])]
      .map((line) => `${line}\n`)
      .join('');
  }

  #reach(symbol: ts.Symbol, given: boolean): void {
    const known = this.#reached.get(symbol);
    if (known === true || known === given) return;
    this.#reached.set(symbol, given);
    for (const declaration of symbol.declarations ?? []) {
      if (isDeclared(declaration)) this.#visit(declaration, given);
    }
  }

  /** Follows names; what a function takes goes the other way than what it gives. */
  #visit(node: ts.Node, given: boolean): void {
    if (isHidden(node)) return;
    if (ts.isIdentifier(node)) {
      const symbol = this.#checker.getSymbolAtLocation(node);
      const original = symbol && this.#original(symbol);
      if (original?.declarations?.some((one) => this.#isOwn(one)) === true) {
        this.#reach(original, given);
      }
      return;
    }
    node.forEachChild((child) => {
      this.#visit(child, ts.isParameter(child) ? !given : given);
    });
  }

  #isOwn(node: ts.Node): boolean {
    return isDeclared(node) && node.getSourceFile().fileName.startsWith(this.#folder);
  }

  #original(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }
}

const notExported = '# Not exported, but named by what is';
