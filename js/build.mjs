// One ESM file and one CSS file into the Python package; anywidget sends both to the browser as strings.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
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
  const files = ["widget.js", "widget.css"].map((name) => readFileSync(join(out, name)));
  const total = files.reduce((sum, file) => sum + file.length, 0);
  const zipped = files.reduce((sum, file) => sum + gzipSync(file).length, 0);
  console.log(`total ${total} bytes minified, ${zipped} gzipped`);
  if (total > LIMIT) {
    console.error(`bundle is over the limit of ${LIMIT} bytes`);
    process.exit(1);
  }
}
