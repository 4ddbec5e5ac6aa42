// Builds the console into the folder of the function that serves it.
//
//   node build.mjs            generate the types, check them, write the bundle
//   node build.mjs --watch    write the bundle again after each change
//   node build.mjs --check    generate the types and check them, write nothing

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import openapi, { astToString } from "openapi-typescript";

const HERE = dirname(fileURLToPath(import.meta.url));
const OPENAPI = join(HERE, "../docs/openapi.json");
const OUTPUT = join(HERE, "../functions/console/static");
const GENERATED = join(HERE, "build");

/** Write the types of the OpenAPI document, and the pairs of type and channel that it allows. */
async function generate() {
  mkdirSync(GENERATED, { recursive: true });
  const document = JSON.parse(readFileSync(OPENAPI, "utf8"));
  const pairs = Object.fromEntries(
    document.components.schemas.Association.anyOf.map(({ properties }) => [
      properties.resourceType.const,
      properties.channel.enum,
    ]),
  );
  // What only narrows an object further says nothing that a type could hold.
  for (const schema of Object.values(document.components.schemas)) {
    if (schema.properties) {
      delete schema.anyOf;
      delete schema.allOf;
    }
  }
  const types = astToString(await openapi(document));
  writeFileSync(join(GENERATED, "api.d.ts"), types);
  const source = `export const CHANNELS = ${JSON.stringify(pairs, null, 2)} as const;\n`;
  writeFileSync(join(GENERATED, "channels.ts"), source);
}

function checkTypes() {
  const compiler = fileURLToPath(import.meta.resolve("typescript/lib/tsc.js"));
  execFileSync(process.execPath, [compiler, "--project", HERE], { stdio: "inherit" });
}

/** Write a file of the bundle, unless its content is the same: a change restarts functions. */
function write(name, contents) {
  const path = join(OUTPUT, name);
  if (!existsSync(path) || !readFileSync(path).equals(contents)) writeFileSync(path, contents);
}

/** Names each output by its content, so that browsers may keep it for good, and writes the page. */
const writePage = {
  name: "write-page",
  setup(build) {
    build.onEnd((result) => {
      if (result.errors.length > 0) return;
      mkdirSync(OUTPUT, { recursive: true });
      const names = new Map();
      for (const { path, contents } of result.outputFiles) {
        const digest = createHash("sha256").update(contents).digest("hex").slice(0, 10);
        const name = basename(path).replace(".", `-${digest}.`);
        names.set(basename(path), name);
        write(name, Buffer.from(contents));
      }
      const page = readFileSync(join(HERE, "index.html"), "utf8");
      const filled = [...names].reduce((text, [from, to]) => text.replaceAll(from, to), page);
      write("index.html", Buffer.from(filled));
      const kept = new Set([...names.values(), "index.html"]);
      for (const name of readdirSync(OUTPUT)) {
        if (!kept.has(name)) rmSync(join(OUTPUT, name));
      }
    });
  },
};

const options = {
  entryPoints: { app: join(HERE, "src/main.tsx"), style: join(HERE, "styles/main.css") },
  outdir: OUTPUT,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022"],
  jsx: "automatic",
  jsxImportSource: "preact",
  charset: "utf8",
  write: false,
  logLevel: "warning",
  plugins: [writePage],
};

await generate();
if (process.argv.includes("--watch")) {
  const context = await esbuild.context(options);
  await context.watch();
} else {
  checkTypes();
  if (!process.argv.includes("--check")) await esbuild.build(options);
}
