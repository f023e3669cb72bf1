import assert from 'node:assert/strict';
import { loadReader } from '../src/grammar.ts';
import type { Language } from '../src/language.ts';
import { languageOf } from '../src/language.ts';
import { parseText } from '../src/parse.ts';

async function parse(language: Language, text: string): Promise<{ symbols: string[]; calls: string[]; lines: number }> {
  const { symbols, calls, lines } = parseText(text, await loadReader(language), 10_000)!;
  return { symbols: symbols.map(({ kind, name, line }) => `${kind} ${name}:${line}`), calls: calls.map(({ name, count, line }) => `${name}:${line}×${count}`), lines };
}

describe('the symbols and calls of a text', () => {
  it('in TypeScript: declarations, members of classes, functions in constants at the top', async () => {
    const found = await parse('typescript', [
      'export const LIMIT = 3;', 'export const add = (a: number): number => plus(a, LIMIT);', 'class Box extends Base {', '  #open() { return new Lid(); }', '}',
      'interface Shape { area(): number }', 'type Id = string;', 'enum Color { Red }', 'function outer() { const local = () => 1; function inner() {} return plus(local()); }',
    ].join('\n'));

    assert.deepEqual(found.symbols, ['constant LIMIT:1', 'function add:2', 'class Box:3', 'method #open:4', 'interface Shape:6', 'method area:6', 'type Id:7', 'enum Color:8', 'function outer:9', 'function inner:9']);
    assert.deepEqual(found.calls, ['plus:2×2', 'Base:3×1', 'Lid:4×1', 'local:9×1']);
    assert.equal(found.lines, 9);
  });

  it('in TSX and JSX: an element counts as a call', async () => {
    for (const language of ['tsx', 'javascript'] as const) {
      const found = await parse(language, 'export function App() { return <Page><Button size="s" /><div /></Page>; }');

      assert.deepEqual(found.symbols, ['function App:1']);
      assert.deepEqual(found.calls, ['Page:1×1', 'Button:1×1', 'div:1×1']);
    }
  });

  it('in Python: methods are told from functions, and decorators and base classes are calls', async () => {
    const found = await parse('python', 'LIMIT = 3\n@wraps\ndef run(x):\n    y = 1\n    return go(x)\nclass A(B):\n    z = 2\n    def run(self):\n        self.go()\n');

    assert.deepEqual(found.symbols, ['constant LIMIT:1', 'function run:3', 'class A:6', 'method run:8']);
    assert.deepEqual(found.calls, ['wraps:2×1', 'go:5×2', 'B:6×1']);
  });

  const ONE_OF_EACH: readonly [Language, string, readonly string[], readonly string[]][] = [
    ['go', 'package a\ntype S struct{}\nfunc (s S) Do() { s.other(); call() }\nfunc New() S { return S{} }', ['struct S:2', 'method Do:3', 'function New:4'], ['other:3×1', 'call:3×1', 'S:4×1']],
    ['rust', 'struct S;\nimpl S { fn go(&self) { helper(1); self.run(); println!("x") } }\nconst N: u8 = 1;', ['struct S:1', 'method go:2', 'constant N:3'], ['helper:2×1', 'run:2×1', 'println:2×1']],
    ['java', 'class A extends B {\n static final int N = 1;\n A() { go(); new C(); }\n}', ['class A:1', 'constant N:2', 'method A:3'], ['B:1×1', 'go:3×1', 'C:3×1']],
    ['c', '#define N 1\nstruct s { int a; };\nstatic int f(struct s *p) { return g(p->a); }\nextern int x;', ['macro N:1', 'struct s:2', 'function f:3'], ['g:3×1']],
    ['cpp', 'namespace n {\nclass A : public B { public: void go(); };\nvoid A::go() { make<int>(); std::sort(1); }\n}', ['module n:1', 'class A:2', 'method go:2', 'method go:3'], ['B:2×1', 'make:3×1', 'sort:3×1']],
    ['csharp', 'namespace N;\nclass A : B {\n const int M = 1;\n void Go() { Run(); x.Do<int>(); new C(); }\n}', ['module N:1', 'class A:2', 'constant M:3', 'method Go:4'], ['B:2×1', 'Run:4×1', 'Do:4×1', 'C:4×1']],
    ['ruby', 'class A < B\n N = 1\n def go?; run(1); C.new; end\nend\ndef top; end', ['class A:1', 'constant N:2', 'method go?:3', 'method top:5'], ['B:1×1', 'run:3×1', 'C:3×1', 'new:3×1']],
    ['php', '<?php\nclass A extends B { function go() { run(); $x->do(); C::make(); new D(); } }\nfunction top() {}\nconst N = 1;', ['class A:2', 'method go:2', 'function top:3', 'constant N:4'], ['B:2×1', 'run:2×1', 'do:2×1', 'make:2×1', 'D:2×1']],
  ];
  const ALSO: readonly [what: string, Language, string, readonly string[]][] = [
    ['records', 'java', 'record P(int x) implements Shape { P { check(x); } double area() { return 0; } }', ['class P:1', 'method area:1']],
    ['what Ruby makes of a list of names', 'ruby', 'class A\n attr_accessor :a\n attr_reader :b\n define_method(:c) { }\n define_method("#{x}_y") { }\n alias_method :d, :c\n alias e c\nend\nclass A::B; end', ['class A:1', 'method a:2', 'method a=:2', 'method b:3', 'method c:4', 'method d:6', 'method e:7', 'class B:9']],
    ['functions of before 1989', 'c', 'static char *old(a, b)\n int a;\n char *b;\n{ int c = 1; return b; }\nint next;', ['function old:1', 'constant next:5']],
    ['a function behind a word that only a macro explains', 'c', 'static int __init begin(void) { return 0; }\n', ['function begin:1']],
    ['a class behind a macro, casts and deep names', 'cpp', 'class API A : public B { int x; };\nstruct C { operator bool() const; void operator()(int); };\nint a::b::C::go() { return 1; }', ['class A:1', 'struct C:2', 'method operator bool:2', 'method operator():2', 'method go:3']],
    ['operators', 'csharp', 'class A { ~A() {} public static A operator +(A a) => a; }', ['class A:1', 'method ~A:1', 'method operator +:1']],
    ['destructured constants', 'typescript', 'export const { a, b: c } = x;\nconst [d, e] = y;', ['constant a:1', 'constant c:1', 'constant d:2', 'constant e:2']],
    ['old and computed members', 'javascript', 'A.prototype.b = B.prototype.b;\nclass C { [Symbol.iterator]() {} }\nrun(function named() {});', ['method b:1', 'class C:2', 'method [Symbol.iterator]:2', 'function named:3']],
    ['constants wherever the module asks first', 'python', 'if a:\n  if b:\n    X = 1\nfor i in c:\n  Y = 2\ndef f():\n  z = 1\nclass C:\n  w = 2\nasked: int\n', ['constant X:3', 'constant Y:5', 'function f:6', 'class C:8']],
    ['constants by name', 'php', '<p>class No {}</p>\n<?php define("A", 1);\nrun("B", 2);', ['constant A:2']],
  ];
  for (const [what, language, text, symbols] of ALSO) {
    it(`in ${language}, too: ${what}`, async () => {
      assert.deepEqual((await parse(language, text)).symbols, symbols);
    });
  }

  for (const [language, text, symbols, calls] of ONE_OF_EACH) {
    it(`in ${language}: what it defines and what it calls`, async () => {
      const found = await parse(language, text);

      assert.deepEqual(found.symbols, symbols);
      assert.deepEqual(found.calls.toSorted(), calls.toSorted());
    });
  }

  it('of a text with mistakes are those of its whole parts', async () => {
    const found = await parse('typescript', 'function before() {}\nfunction broken(a { return 1; }\n\nclass After { run() {} }\n');

    assert.ok(found.symbols.includes('function before:1'));
    assert.ok(found.symbols.includes('class After:4'));
  });

  const BROKEN: readonly [Language, string, string][] = [
    ['typescript', 'function one() {}\nconst x = {{ a: ;\nfunction two() {}\nexport class B { m() {} }\n', 'one:1 two:3 m:4 B:4'],
    ['javascript', 'function one() {}\nconst a = function( { return 1 }\nfunction two() {}\nclass B { run( { } ok() {} }\n', 'one:1 two:3 B:4'],
    ['python', 'def one():\n    return (1\n\ndef two():\n    pass\n\nclass A\n    def m(self): pass\n\nclass B:\n    def n(self):\n        x = [1, 2\n    def o(self): pass\ndef three(): pass\n', 'one:1 two:4 A:7 m:8 B:10 n:11 o:13 three:14'],
    ['go', 'package a\nfunc One() {}\nfunc Broken( {\n  x := \n}\ntype S struct { A int }\nfunc (s S) Two() {}\nfunc Three() {\n', 'One:2 Broken:3 S:6 Two:7 Three:8'],
    ['rust', 'fn one() {}\nfn broken( { let x = ; }\nstruct S { a: i32 }\nimpl S { fn two(&self) {} }\npub async fn three() {\n', 'one:1 broken:2 S:3 two:4 three:5'],
    ['java', 'class A {\n void one() {}\n void broken( { int x = ; }\n void two() {}\n}\nclass B { void three() {} }\n', 'A:1 one:2 broken:3 two:4 B:6 three:6'],
    ['c', 'int one(void) { return 1; }\nint broken(int a { if (a { return 1; }\nint two(void) { return 2; }\nstruct s { int a; };\nint three(void) {\n  if (x) {\n}\nint four(void) { return 4; }\n', 'one:1 broken:2 two:3 s:4 three:5 four:8'],
    ['cpp', 'class A { void one(); };\nvoid A::one() { if (x) { }\nvoid two() {}\nnamespace n { class B { int b(); }; }\nint broken(int { }\nvoid three() {}\n', 'A:1 one:1 one:2 two:3 n:4 B:4 b:4 broken:5 three:6'],
    ['csharp', 'namespace N { class A { void One() {} void Broken( { int x = ; } void Two() {} } class B { void Three() { if (x) { } } }\nclass C { void Four() {} }\n', 'N:1 A:1 One:1 Two:1 B:1 Three:1 C:2 Four:2'],
    ['ruby', 'class A\n  def one; end\n  def broken(\n    if x\n  def two; end\nend\nclass B\n  def three; end\nend\n', 'A:1 one:2 broken:3 two:5 B:7 three:8'],
    ['php', '<?php\nfunction one() {}\nfunction broken( { $x = ; }\nclass A { function two() {} }\nfunction three() { if (x) {\n}\nfunction four() {}\n', 'one:2 broken:3 two:4 A:4 three:5 four:7'],
  ];
  for (const [language, text, symbols] of BROKEN) {
    it(`in ${language} with mistakes: all that is declared around them`, async () => {
      const found = parseText(text, await loadReader(language), 10_000)!;

      assert.equal(found.symbols.map(({ name, line }) => `${name}:${line}`).join(' '), symbols);
    });
  }

  it('in the words of a broken text that are quoted are none', async () => {
    const found = await parse('javascript', 'const x = {{ a: ;\n/*\nfunction commented() {}\n*/\nconst t = `\nclass Quoted {}\n`;\n');

    assert.deepEqual(found.symbols.filter((one) => !one.startsWith('constant')), []);
  });

  it('count UTF-16 and emoji as the lines of an editor do', async () => {
    assert.deepEqual((await parse('javascript', '// 😀\r\nconst größe = "😀";\r\nfunction läuft() {}\r\n')).symbols, ['constant größe:2', 'function läuft:3']);
  });

  it('are not looked for any longer than it may take', async () => {
    const text = `${'const x = [1, 2, 3].map((one) => one + 1);\n'.repeat(20_000)}`;

    assert.equal(parseText(text, await loadReader('javascript'), 0), undefined);
    assert.equal((await parse('javascript', 'let after = 1;')).lines, 1);
  });

  it('are looked for by the ending of the file', () => {
    assert.deepEqual(['a.ts', 'b/C.TSX', 'x.h', 'x.c', 'y.rake', 'z.txt', 'Makefile', '.ts'].map(languageOf), ['typescript', 'tsx', 'cpp', 'c', 'ruby', undefined, undefined, undefined]);
  });
});
