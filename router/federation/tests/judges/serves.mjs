// The router over the judges' supergraphs. Each judge composes three small federations, and the router answers
// operations that cross their subgraphs; then it composes the six subgraphs of the shop, and every example operation
// must be planned as over our own supergraph.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { federations } from "./federations.mjs";
import { FIRST, SECOND, ask as compose, inWords } from "./judges.mjs";
import { ROOT, inFolder, plan, withRouter } from "./router.mjs";
import { serve } from "./subgraphs.mjs";

const { Kind, parse } = createRequire(import.meta.url)("graphql");

const SHOP = ["accounts", "inventory", "notifications", "orders", "payments", "products"];
const QUERIES = `${ROOT}frontend-examples/queries/`;
const OUR_SUPERGRAPH = `${ROOT}schema/supergraph.graphql`;
let passed = 0;
const failures = [];

function check(what, isRight, detail) {
  if (isRight) passed += 1;
  else failures.push(`${what}: ${detail()}`);
}

/** The judge's supergraph; without one there is nothing to serve, and that is a failure. */
function supergraphOf(judge, subgraphs) {
  const verdict = compose(judge, subgraphs);
  if (!verdict.supergraph) throw new Error(`${judge} does not compose: ${inWords(verdict)} ${verdict.crash ?? ""}`);
  return verdict.supergraph;
}

async function checkOperations(what, operations, served, ask) {
  const entities = () => served.reduce((sum, { counts }) => sum + counts.entities, 0);
  for (const { query, variables, data, entities: atLeast } of operations) {
    const before = entities();
    const answer = await ask(query, variables);
    // As text, since the fields must stand in the client's order.
    const [found, expected] = [answer, { data }].map((value) => JSON.stringify(value));
    check(`${what}: ${query}`, found === expected, () => `${found}, expected ${expected}`);
    const asked = entities() - before;
    check(`${what}: ${query}`, asked >= atLeast, () => `${asked} requests for entities, expected ${atLeast}`);
  }
}

async function checkFederation(name, { subgraphs, operations }) {
  const parts = Object.entries(subgraphs);
  const served = await Promise.all(parts.map(([, subgraph]) => serve(subgraph)));
  try {
    const listed = parts.map(([subgraph, { sdl }], at) => ({ name: subgraph, url: served[at].url, sdl }));
    for (const judge of [FIRST, SECOND]) {
      const what = `${judge}, ${name}`;
      await withRouter(supergraphOf(judge, listed), (ask) => checkOperations(what, operations, served, ask));
    }
  } finally {
    await Promise.all(served.map(({ stop }) => stop()));
  }
}

/** The example files that hold exactly one operation, which is what `souk plan` takes without a name. */
function exampleOperations() {
  const isOperation = (file) => {
    const { definitions } = parse(readFileSync(QUERIES + file, "utf8"));
    return definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION).length === 1;
  };
  return readdirSync(QUERIES).filter((file) => file.endsWith(".graphql") && isOperation(file)).sort();
}

const typeNames = (sdl) =>
  parse(sdl).definitions.filter(({ kind }) => kind.endsWith("TypeDefinition")).map(({ name }) => name.value);

async function checkShop(judge) {
  const listed = SHOP.map((name) => ({ name, url: "http://127.0.0.1:9/graphql", sdl: readFileSync(`${ROOT}schema/${name}.graphql`, "utf8") }));
  const supergraph = supergraphOf(judge, listed);
  const ours = typeNames(readFileSync(`${ROOT}schema/api.graphql`, "utf8"));
  await withRouter(supergraph, async (ask) => {
    const { data } = await ask("{ __schema { queryType { name } types { name } } }");
    const names = new Set(data?.__schema.types.map(({ name }) => name));
    const missing = ours.filter((name) => !names.has(name));
    check(`${judge}, shop of six: introspection`, ours.length > 50 && missing.length === 0, () => `${ours.length} types, without ${missing}`);
  });
  const operations = exampleOperations();
  check(`${judge}, shop of six`, operations.length >= 10, () => `only ${operations.length} example operations`);
  await inFolder((folder) => {
    const theirs = `${folder}/supergraph.graphql`;
    writeFileSync(theirs, supergraph);
    for (const file of operations) {
      const [expected, found] = [OUR_SUPERGRAPH, theirs].map((supergraph) => plan(supergraph, QUERIES + file));
      const isRight = found === expected && expected.includes("Fetch");
      check(`${judge}, shop of six: ${file}`, isRight, () => `the plans differ\n${expected}\n${found}`);
    }
  });
}

for (const [name, federation] of Object.entries(federations)) await checkFederation(name, federation);
for (const judge of [FIRST, SECOND]) await checkShop(judge);
for (const failure of failures) console.log(`\n${failure}`);
console.log(`the router over the supergraphs of ${FIRST} and ${SECOND}: ${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length ? 1 : 0;
