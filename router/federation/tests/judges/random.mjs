// Random federations before the first judge: the same verdict (composes or not, with a code in common), and a
// supergraph that is, to our reader, the graph that we compose. `--seed N --count N`; federation i has the seed N + i,
// so that one alone is had again by its own seed and `--count 1`. What fails is kept as a case folder in `--keep`.
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startEngine } from "./engine.mjs";
import { randomFederation } from "./generator.mjs";
import { FIRST, agrees, ask, inWords } from "./judges.mjs";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    count: { type: "string", default: "500" },
    keep: { type: "string", default: fileURLToPath(new URL("../../../../target/judges", import.meta.url)) },
  },
});
const [seed, count] = [Number(values.seed), Number(values.count)];

function keep(name, federation) {
  const folder = `${values.keep}/${name}`;
  mkdirSync(folder, { recursive: true });
  for (const { name: subgraph, sdl } of federation) writeFileSync(`${folder}/${subgraph}.graphql`, sdl);
  return folder;
}

console.log(`${count} random federations from seed ${seed} on`);
const engine = startEngine();
const verdicts = new Map();
let [failed, withoutVerdict] = [0, 0];
for (let one = seed; one < seed + count; one += 1) {
  const federation = randomFederation(one);
  const judged = ask(FIRST, federation);
  const ours = await engine.ask(federation, judged.supergraph ? { [FIRST]: judged.supergraph } : {});
  for (const code of judged.codes.length ? judged.codes : ["composes"]) verdicts.set(code, (verdicts.get(code) ?? 0) + 1);
  if (judged.crash) {
    withoutVerdict += 1;
    continue;
  }
  const differences = ours.differences[FIRST] ?? [];
  if (agrees(ours, judged) && differences.length === 0) continue;
  failed += 1;
  console.log(`\nseed ${one}, kept in ${keep(one, federation)}`);
  console.log([`  ours: ${inWords(ours)}`, `${FIRST}: ${inWords(judged)}`, ...differences].join("\n  "));
}
engine.stop();

console.log("\nverdicts of the judge:");
for (const [code, times] of [...verdicts].sort(([, a], [, b]) => b - a)) console.log(`${String(times).padStart(6)}  ${code}`);
if (withoutVerdict) console.log(`${withoutVerdict} without a verdict: the judge crashed`);
console.log(`${count - failed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
