// One ESM file and one CSS file into the Python package; anywidget sends both to the browser as strings.

import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "jupyter_explain", "static");
const watch = process.argv.includes("--watch");
const LIMIT = 150_000;

const options = {
  absWorkingDir: here,
  entryPoints: [
    { in: "src/widget.ts", out: "widget" },
    { in: "src/widget.css", out: "widget" },
  ],
  outdir: out,
  bundle: true,
  format: "esm",
  target: ["es2022"],
  minify: !watch,
  sourcemap: watch ? "inline" : false,
  legalComments: "none",
  charset: "utf8",
  logLevel: "info",
};
if (watch) {
  const context = await esbuild.context(options);
  await context.watch();
} else {
  await esbuild.build(options);
  writeFileSync(join(out, "more.js"), await moreBundle());
  // Other languages than English travel only to those who read them: Python sends the catalogue as a trait.
  const { zhCN } = await catalogue("src/i18n/zhCN.ts");
  const { phrasesZhCN } = await catalogue("src/i18n/phrasesZhCN.ts");
  writeFileSync(join(out, "zh-CN.json"), JSON.stringify({ ...zhCN, phrases: phrasesZhCN }));
  const sizes = ["widget.js", "widget.css", "more.js"].map((name) => {
    const file = readFileSync(join(out, name));
    console.log(`${name} ${file.length} bytes minified, ${gzipSync(file).length} gzipped`);
    return file.length;
  });
  if (sizes[0] > LIMIT) {
    console.error(`the bundle is over the limit of ${LIMIT} bytes`);
    process.exit(1);
  }
}

/** The second bundle, as a module whose default export takes what it shares with the first (src/more.ts). */
async function moreBundle() {
  const shared = [
    ...readFileSync(join(here, "src/more.ts"), "utf8").matchAll(/^ {2}"?([\w/]+)"?: \w+,$/gm),
  ].map((m) => m[1]);
  const plugin = {
    name: "shared",
    setup(build) {
      build.onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
        const name = relative(join(here, "src"), join(resolveDir, path)).replace(/\.js$/, "");
        return shared.includes(name) ? { path: name, external: true } : undefined;
      });
    },
  };
  const made = await esbuild.build({
    ...options,
    entryPoints: ["src/views/more.ts"],
    format: "cjs",
    plugins: [plugin],
    write: false,
  });
  const code = made.outputFiles[0].text;
  return `export default function(require){const module={exports:{}};${code};return module.exports}`;
}

async function catalogue(path) {
  const built = await esbuild.build({
    absWorkingDir: here,
    entryPoints: [path],
    bundle: true,
    format: "esm",
    write: false,
  });
  return import(`data:text/javascript,${encodeURIComponent(built.outputFiles[0].text)}`);
}
