/**
 * Refuses host operations on guest values. The opaque types of `isa/ops.ts` keep TypeScript from most arithmetic on them, but not from asking for
 * their truth, comparing them, or handing them to functions that take anything. In a body each of these is a bug: what a tier passes for a `W32` is its own affair
 * (a number, a node of code to come), so the answer would mean nothing, or something else in each tier.
 *
 * Whether an optional guest value is there (`x === undefined`, `x ?? y`, `x?.y`) is a host question, and allowed.
 */
import ts from 'typescript';

export interface Finding {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** What is refused, e.g. `condition of if on W32`. */
  readonly message: string;
}

/** Names of the opaque types: a value of one of them belongs to the tier. */
const GUEST = new Set(['W32', 'W64', 'Bool', 'Float', 'Vec', 'Place', 'Reg', 'Imm', 'RegList']);

const COMPARISONS: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.EqualsEqualsToken, '=='], [ts.SyntaxKind.ExclamationEqualsToken, '!='],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, '==='], [ts.SyntaxKind.ExclamationEqualsEqualsToken, '!=='],
  [ts.SyntaxKind.LessThanToken, '<'], [ts.SyntaxKind.LessThanEqualsToken, '<='], [ts.SyntaxKind.GreaterThanToken, '>'], [ts.SyntaxKind.GreaterThanEqualsToken, '>='],
]);
const LOGICAL: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.AmpersandAmpersandToken, '&&'], [ts.SyntaxKind.BarBarToken, '||'],
  [ts.SyntaxKind.AmpersandAmpersandEqualsToken, '&&='], [ts.SyntaxKind.BarBarEqualsToken, '||='],
]);
/** Operators that do not look at the value: assignment, the comma, the test for absence. */
const HARMLESS = new Set([ts.SyntaxKind.EqualsToken, ts.SyntaxKind.CommaToken, ts.SyntaxKind.QuestionQuestionToken, ts.SyntaxKind.QuestionQuestionEqualsToken]);
/** Functions of the language that look at what they are given, though their types are generic. */
const LOOKING = new Set(['Boolean', 'includes', 'indexOf', 'lastIndexOf']);

/** Checks the files for which `inScope` holds. */
export function checkGuestValues(program: ts.Program, inScope: (file: string) => boolean): Finding[] {
  const checker = program.getTypeChecker();
  const findings: Finding[] = [];

  /** The name of the opaque type that a value may have, or undefined. */
  const guestKind = (type: ts.Type): string | undefined => {
    if (type.isUnionOrIntersection()) {
      for (const part of type.types) {
        const found = guestKind(part);
        if (found !== undefined) return found;
      }
      return undefined;
    }
    const constraint = (type.flags & ts.TypeFlags.TypeParameter) !== 0 ? checker.getBaseConstraintOfType(type) : undefined;
    if (constraint !== undefined && constraint !== type) return guestKind(constraint);
    const brand = type.getProperties().find((property) => String(property.escapedName).startsWith('__@kind@'));
    if (brand === undefined) return undefined;
    const name = checker.getTypeOfSymbol(brand);
    return name.isStringLiteral() && GUEST.has(name.value) ? name.value : undefined;
  };
  const kindOf = (node: ts.Expression): string | undefined => guestKind(checker.getTypeAtLocation(node));

  const refuse = (node: ts.Node, what: string, kind: string): void => {
    const source = node.getSourceFile();
    findings.push({ file: source.fileName, line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1, message: `${what} on ${kind}` });
  };
  const refuseGuest = (node: ts.Expression | undefined, what: string): void => {
    if (node === undefined) return;
    const kind = kindOf(node);
    if (kind !== undefined) refuse(node, what, kind);
  };
  const isAbsence = (node: ts.Expression): boolean =>
    node.kind === ts.SyntaxKind.NullKeyword || (ts.isIdentifier(node) && node.text === 'undefined');

  const binary = (node: ts.BinaryExpression): void => {
    const { left, right } = node;
    const operator = node.operatorToken.kind;
    const comparison = COMPARISONS.get(operator);
    if (comparison !== undefined) {
      if (isAbsence(left) || isAbsence(right)) return;
      const kind = kindOf(left) ?? kindOf(right);
      if (kind !== undefined) refuse(node, `comparison ${comparison}`, kind);
      return;
    }
    const logical = LOGICAL.get(operator);
    if (logical !== undefined) {
      refuseGuest(left, `operand of ${logical}`);
      return;
    }
    if (HARMLESS.has(operator)) return;
    const kind = kindOf(left) ?? kindOf(right);
    if (kind !== undefined) refuse(node, `operator ${ts.tokenToString(operator) ?? '?'}`, kind);
  };

  /** Functions of the language itself take values of any type where their parameter is `unknown` or `any`, and test what a callback returns. */
  const call = (node: ts.CallExpression): void => {
    const signature = checker.getResolvedSignature(node);
    const declaration = signature?.getDeclaration() as ts.SignatureDeclaration | undefined;
    if (signature === undefined || declaration === undefined || !program.isSourceFileDefaultLibrary(declaration.getSourceFile())) return;
    const name = ts.isPropertyAccessExpression(node.expression) ? node.expression.name.text : node.expression.getText();
    node.arguments.forEach((argument, index) => {
      const kind = kindOf(argument);
      const parameter = signature.parameters[Math.min(index, signature.parameters.length - 1)];
      // As declared: inferred type parameters would already be the guest's type.
      const declared = declaration.parameters[Math.min(index, declaration.parameters.length - 1)];
      const declaredType = declared?.type === undefined ? undefined : checker.getTypeFromTypeNode(declared.type);
      const anything = declaredType !== undefined && (declaredType.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) !== 0;
      if (kind !== undefined && (anything || LOOKING.has(name))) refuse(argument, `argument of ${name}`, kind);
      if (parameter === undefined) return;
      const [callback] = checker.getTypeAtLocation(argument).getCallSignatures();
      const [expected] = checker.getTypeOfSymbolAtLocation(parameter, node).getCallSignatures();
      if (callback === undefined || expected === undefined) return;
      const tested = (expected.getReturnType().flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.BooleanLike)) !== 0
        || checker.getTypePredicateOfSignature(expected) !== undefined;
      const returned = guestKind(callback.getReturnType());
      if (tested && returned !== undefined) refuse(argument, `result of a callback of ${name}`, returned);
    });
  };

  const visit = (node: ts.Node): void => {
    if (ts.isIfStatement(node)) refuseGuest(node.expression, 'condition of if');
    else if (ts.isWhileStatement(node)) refuseGuest(node.expression, 'condition of while');
    else if (ts.isDoStatement(node)) refuseGuest(node.expression, 'condition of do');
    else if (ts.isForStatement(node)) refuseGuest(node.condition, 'condition of for');
    else if (ts.isConditionalExpression(node)) refuseGuest(node.condition, 'condition of ?:');
    else if (ts.isSwitchStatement(node)) refuseGuest(node.expression, 'switch');
    else if (ts.isCaseClause(node)) refuseGuest(node.expression, 'case');
    else if (ts.isPrefixUnaryExpression(node)) refuseGuest(node.operand, `operator ${ts.tokenToString(node.operator) ?? '?'}`);
    else if (ts.isPostfixUnaryExpression(node)) refuseGuest(node.operand, `operator ${ts.tokenToString(node.operator) ?? '?'}`);
    else if (ts.isTypeOfExpression(node)) refuseGuest(node.expression, 'typeof');
    else if (ts.isTemplateSpan(node)) refuseGuest(node.expression, 'template');
    else if (ts.isElementAccessExpression(node)) refuseGuest(node.argumentExpression, 'index');
    else if (ts.isBinaryExpression(node)) binary(node);
    else if (ts.isCallExpression(node)) call(node);
    else if (ts.isAsExpression(node) || ts.isTypeAssertionExpression(node)) {
      const from = kindOf(node.expression);
      if (from !== undefined && guestKind(checker.getTypeFromTypeNode(node.type)) !== from) refuse(node, 'assertion to another type', from);
    }
    ts.forEachChild(node, visit);
  };
  for (const source of program.getSourceFiles()) if (inScope(source.fileName)) visit(source);
  return findings;
}

/** A program of the files on disk and those in `virtual` (path to text), under the floors' strict options. */
export function programOf(files: readonly string[], virtual: ReadonlyMap<string, string> = new Map()): ts.Program {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023, lib: ['lib.es2023.d.ts'], module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, allowImportingTsExtensions: true, noEmit: true, types: [], skipLibCheck: true,
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => virtual.has(name) || fileExists.call(host, name);
  host.readFile = (name) => virtual.get(name) ?? readFile.call(host, name);
  host.getSourceFile = (name, language, ...rest) => {
    const text = virtual.get(name);
    return text === undefined ? getSourceFile.call(host, name, language, ...rest) : ts.createSourceFile(name, text, language);
  };
  return ts.createProgram([...files, ...virtual.keys()], options, host);
}
