// Every case of tests/compose before the judges. Our verdict, as committed, must be the first judge's, code by code;
// the supergraphs of both judges must be, to our reader, the graph that we compose. exceptions.json lists where it is
// otherwise with the first judge; where only the second one differs, the case's why.md says why.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startEngine } from "./engine.mjs";
import { FIRST, SECOND, agrees, ask, inWords } from "./judges.mjs";

const FOLDER = fileURLToPath(new URL("../compose/", import.meta.url));
const AT_LEAST = 150;
const SECOND_JUDGE = /^The second judge /m;
const exceptions = JSON.parse(readFileSync(new URL("./exceptions.json", import.meta.url)));

function readCase(name) {
  const read = (file) => readFileSync(`${FOLDER}${name}/${file}`, "utf8");
  const files = readdirSync(FOLDER + name).filter((file) => file.endsWith(".graphql") && file !== "supergraph.graphql");
  const subgraphs = files.sort().map((file) => {
    const subgraph = file.replace(/\.graphql$/, "");
    return { name: subgraph, url: `http://${subgraph}`, sdl: read(file) };
  });
  const errors = existsSync(`${FOLDER}${name}/errors.json`) ? JSON.parse(read("errors.json")) : [];
  return { name, subgraphs, why: read("why.md"), ours: { codes: [...new Set(errors.map(({ code }) => code))].sort() } };
}

/** What is wrong with a case; nothing, when all is as it should be. */
function faultsOf({ name, why, ours }, first, second, engine) {
  const faults = [];
  const fault = (text) => faults.push(text);
  const exception = exceptions[name] ?? {};
  if (inWords(engine) !== inWords(ours)) fault(`the engine says ${inWords(engine)}, the case ${inWords(ours)}`);
  if (inWords(first) !== inWords(ours) && inWords(first) !== exception.first) fault(`${FIRST}: ${inWords(first)} ${first.crash ?? ""}`);
  if (exception.first && inWords(first) === inWords(ours)) fault("no exception from the first judge any more");
  const differences = engine.differences[FIRST] ?? [];
  if (differences.join("\n") !== (exception.supergraph ?? []).join("\n")) fault([`${FIRST}'s supergraph`, ...differences].join("\n    "));
  const secondDiffers = !agrees(ours, second) || engine.differences[SECOND]?.length > 0;
  const hasWhy = SECOND_JUDGE.test(why);
  if (secondDiffers && !hasWhy) {
    const detail = [inWords(second), second.crash ?? "", ...(engine.differences[SECOND] ?? [])];
    fault(`why.md does not say why ${SECOND} differs: ${detail.filter(Boolean).join("\n    ")}`);
  }
  if (!secondDiffers && hasWhy) fault("why.md says that the second judge differs, and it does not");
  return { faults, firstDiffers: Boolean(exception.reason), secondDiffers };
}

const engine = startEngine();
const names = readdirSync(FOLDER).sort();
const rows = [];
const failures = [];
for (const name of names) {
  const found = readCase(name);
  const [first, second] = [FIRST, SECOND].map((judge) => ask(judge, found.subgraphs));
  const supergraphs = Object.fromEntries(
    [[FIRST, first], [SECOND, second]].filter(([, { supergraph }]) => supergraph).map(([judge, { supergraph }]) => [judge, supergraph]),
  );
  const checked = faultsOf(found, first, second, await engine.ask(found.subgraphs, supergraphs));
  rows.push([name, checked.firstDiffers ? "exception" : "same", checked.secondDiffers ? "differs" : "same", inWords(found.ours)]);
  if (checked.faults.length) failures.push([name, ...checked.faults]);
}
engine.stop();
for (const name of Object.keys(exceptions).filter((name) => !names.includes(name))) failures.push([name, "an exception without a case"]);
if (names.length < AT_LEAST) failures.push([`${names.length} cases`, `there should be at least ${AT_LEAST}`]);

const width = Math.max(...names.map((name) => name.length));
console.log(`${"case".padEnd(width)}  first      second   verdict`);
for (const [name, first, second, verdict] of rows) console.log(`${name.padEnd(width)}  ${first.padEnd(9)}  ${second.padEnd(7)}  ${verdict}`);
for (const [name, ...faults] of failures) console.log(`\n${name}\n  ${faults.join("\n  ")}`);
console.log(`\nfirst: ${FIRST}; second: ${SECOND}`);
console.log(`${names.length - failures.length} passed, ${failures.length} failed`);
process.exitCode = failures.length ? 1 : 0;
