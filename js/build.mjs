// One ESM file and one CSS file into the Python package; anywidget sends both to the browser as strings.

import { readFileSync, writeFileSync } from "node:fs";
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
  // Other languages than English travel only to those who read them: Python sends the catalogue as a trait.
  const { zhCN } = await catalogue("src/i18n/zhCN.ts");
  writeFileSync(join(out, "zh-CN.json"), JSON.stringify(zhCN));
  const sizes = ["widget.js", "widget.css"].map((name) => {
    const file = readFileSync(join(out, name));
    console.log(`${name} ${file.length} bytes minified, ${gzipSync(file).length} gzipped`);
    return file.length;
  });
  if (sizes[0] > LIMIT) {
    console.error(`the bundle is over the limit of ${LIMIT} bytes`);
    process.exit(1);
  }
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
