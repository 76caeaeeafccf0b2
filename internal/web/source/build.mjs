// Builds the page's script and style from what is installed beside this file, and
// collects the licences of what went into them. Usage: node build.mjs FOLDER
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const to = process.argv[2];

// The fonts that GraphiQL brings are left out: two thirds of the style, and the
// system has its own.
const noFonts = {
  name: 'no-fonts',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.css$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(/@font-face\s*\{[^}]*\}/g, ''),
      loader: 'css',
    })),
};

const result = await build({
  entryPoints: ['main.jsx'],
  bundle: true,
  format: 'esm',
  minify: true,
  jsx: 'automatic',
  target: 'es2022',
  outdir: 'out',
  write: false,
  metafile: true,
  legalComments: 'none', // they stand in full in the list of licences
  define: { 'process.env.NODE_ENV': '"production"' },
  // Inserts <style> elements that the page's content security policy refuses: they keep
  // a page from scrolling behind a dialog, and this page does not scroll.
  alias: { 'react-style-singleton': './no-style.mjs' },
  plugins: [noFonts],
});

// packages are the folders of the packages that went in, by name.
const packages = new Set();
for (const file of Object.keys(result.metafile.inputs)) {
  const found = file.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/);
  if (found) packages.add(found[0]);
}

// What may go into the page: licences that ask for no more than to be named.
const allowed = new Set(['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0']);

function licence(folder) {
  const { name, version, license, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (!allowed.has(license)) throw new Error(`${name} ${version} has the licence ${license}, which is not on the list`);
  const title = `${name} ${version}: ${license}`;
  const file = readdirSync(folder).find((f) => /^licen[cs]e/i.test(f));
  if (file) return { title, text: readFileSync(join(folder, file), 'utf8').trim() };
  if (license !== 'MIT') throw new Error(`${name} ${version} brings no text of its licence`);
  const by = (typeof author === 'string' ? author : author?.name) ?? `the authors of ${name}`;
  return { title, text: `Copyright (c) ${by}\n\n${readFileSync('mit.txt', 'utf8').trim()}` };
}

const sections = [...packages].map(licence).sort((a, b) => (a.title < b.title ? -1 : 1));
const licences = [
  'GraphiQL and the packages that it is made of, as they are in the page at /graphiql.',
  '',
  ...sections.map((s) => s.title),
  ...sections.map((s) => `\n${'-'.repeat(80)}\n${s.title}\n\n${s.text}`),
  '',
].join('\n');

mkdirSync(to, { recursive: true });
for (const { path, contents } of result.outputFiles) {
  writeFileSync(join(to, `graphiql.${path.split('.').pop()}.gz`), gzipSync(contents, { level: 9 }));
}
writeFileSync(join(to, 'licences.txt.gz'), gzipSync(licences, { level: 9 }));
