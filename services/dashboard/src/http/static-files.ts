/**
 * The files of the page, read once at the start: nothing that a request names is ever opened. There is no bundler: the
 * browser gets the modules as the compiler wrote them, and an import map leads to Preact's own files.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Answer } from '@soar/http-kit';

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  html: 'text/html; charset=utf-8',
};

/** Specifier in the page's modules, and the file of Preact that it stands for. */
const VENDOR = {
  preact: 'preact.module.js',
  'preact/hooks': 'hooks.module.js',
  'preact/jsx-runtime': 'jsxRuntime.module.js',
} as const;

/** What the page's HTML may load. Styles set by scripts go through the object model, which this does not concern. */
function policy(importMap: string): string {
  const hash = createHash('sha256').update(importMap).digest('base64');
  return [
    "default-src 'none'",
    `script-src 'self' 'sha256-${hash}'`,
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

export class StaticFiles {
  private readonly files = new Map<string, Answer>();
  private readonly page: Answer;
  private readonly login: string;

  constructor() {
    const dist = dirname(fileURLToPath(import.meta.resolve('@soar/page')));
    const assets = join(dist, '../assets');
    const modules = readdirSync(dist, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.js') && !path.endsWith('.test.js'))
      .map((path) => path.replaceAll('\\', '/'));
    for (const path of modules) this.add(`/page/${path}`, readFileSync(join(dist, path)));
    for (const name of ['style.css', 'icon.svg']) this.add(`/page/${name}`, readFileSync(join(assets, name)));
    const require = createRequire(fileURLToPath(import.meta.resolve('@soar/page')));
    for (const [specifier, name] of Object.entries(VENDOR)) {
      const folder = dirname(require.resolve(specifier));
      this.add(`/vendor/${name}`, readFileSync(join(folder, name)));
    }
    const imports = Object.fromEntries(
      Object.entries(VENDOR).map(([specifier, name]) => [specifier, `/vendor/${name}`]),
    );
    const importMap = JSON.stringify({ imports });
    const preload = [...this.files.keys()]
      .filter((path) => path.endsWith('.js'))
      .map((path) => `<link rel="modulepreload" href="${path}">`)
      .join('');
    const html = (name: string): string => readFileSync(join(assets, name), 'utf8');
    const headers = { 'content-security-policy': policy(importMap) };
    const body = html('index.html')
      .replace('<!-- import map -->', `<script type="importmap">${importMap}</script>`)
      .replace('<!-- modules -->', preload);
    this.page = { type: TYPES['html']!, body, headers };
    this.login = html('login.html');
  }

  /** A module, style or picture; undefined where there is none at this path. */
  at(path: string): Answer | undefined {
    return this.files.get(path);
  }

  /** The page, or the form to log in. */
  index(isKnown: boolean): Answer {
    return isKnown ? this.page : this.loginPage('');
  }

  /** `problem`: what was wrong with the last attempt, of our own words. */
  loginPage(problem: string): Answer {
    return {
      ...this.page,
      status: problem === '' ? 200 : 401,
      body: this.login.replace('<!-- problem -->', problem),
    };
  }

  private add(path: string, content: Buffer): void {
    const body = path.endsWith('.js')
      ? content.toString('utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '')
      : content;
    this.files.set(path, { type: TYPES[path.slice(path.lastIndexOf('.') + 1)]!, body });
  }
}
