/* SPDX-License-Identifier: MIT */
// Bundles the page into dist/: index.html, and everything else under assets/ with its hash in the name,
// so that the server may call those files immutable.
import { build, context } from 'esbuild';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, 'dist');
const watch = process.argv.includes('--watch');

const page = {
    name: 'page',
    setup(step) {
        step.onEnd((result) => {
            if (result.metafile) {
                writePage(result.metafile);
            }
        });
    },
};

/** index.html from its template: the hashed names of what this build wrote. */
function writePage(metafile)
{
    const outputs = Object.entries(metafile.outputs);
    const named = (entry) => {
        const found = outputs.find(([, output]) => output.entryPoint === entry);
        return { file: `assets/${basename(found[0])}`, imports: found[1].imports };
    };
    const main = named('src/main.tsx');
    const preload = main.imports
        .filter((one) => one.kind === 'import-statement')
        .map((one) => `<link rel="modulepreload" href="assets/${basename(one.path)}">`)
        .join('\n');
    const html = readFileSync(join(here, 'src/index.html'), 'utf8')
        .replace('{theme}', named('src/theme.ts').file)
        .replace('{style}', named('src/style/index.css').file)
        .replace('{main}', main.file)
        .replace('{preload}\n', preload ? `${preload}\n` : '');
    writeFileSync(join(dist, 'index.html'), html);
    cpSync(join(here, 'src/icons'), join(dist, 'assets'), { recursive: true });
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(join(dist, 'assets'), { recursive: true });
const options = {
    absWorkingDir: here,
    entryPoints: ['src/main.tsx', 'src/theme.ts', 'src/style/index.css'],
    outdir: 'dist/assets',
    entryNames: '[name]-[hash]',
    chunkNames: 'part-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    target: ['es2022'],
    minify: !watch,
    metafile: true,
    legalComments: 'none',
    logLevel: 'warning',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    plugins: [page],
};
if (watch) {
    await (await context(options)).watch();
} else {
    await build(options);
}
