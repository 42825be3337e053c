/**
 * The module specifiers that a TypeScript file imports, found by pattern: static, type-only, re-exported and dynamic.
 */

const patterns = [
  /^\s*(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]/gm,
  /^\s*import\s*['"]([^'"]+)['"]/gm,
  /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g,
  /\brequire\(\s*['"]([^'"]+)['"]\s*\)/g,
  /\bcreateRequire\(import\.meta\.url\)\(\s*['"]([^'"]+)['"]\s*\)/g,
  /\b(?:import\.meta\.resolve|require\.resolve)\(\s*['"`]([^'"`$]+)['"`]/g,
];

/** Every specifier, once each. */
export function importsOf(text: string): string[] {
  const found = patterns.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1]!));
  return [...new Set(found)];
}

/** The package of a bare specifier ("@a/b" of "@a/b/c"); undefined for relative ones and for Node's own modules. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('node:') || specifier.startsWith('file:'))
    return undefined;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
