// Small subgraphs over HTTP: an SDL, its root fields and its entities, answered by graphql-js.
import { createServer } from "node:http";
import { createRequire } from "node:module";

const { Kind, buildASTSchema, graphql, parse } = createRequire(import.meta.url)("graphql");

/** The SDL as something to execute: without its links, with `_entities`. */
function executable(sdl, entities) {
  const own = parse(sdl).definitions.filter(({ kind }) => kind !== Kind.SCHEMA_EXTENSION);
  const isObject = ({ kind, name }) => kind === Kind.OBJECT_TYPE_DEFINITION && name.value in entities;
  const union = own.filter(isObject).map(({ name }) => name.value).join(" | ");
  const kept = union ? [...own, ...parse(`scalar _Any union _Entity = ${union}`).definitions] : own;
  if (!union) return buildASTSchema({ kind: Kind.DOCUMENT, definitions: kept }, { assumeValidSDL: true });
  const [field] = parse("type Query { _entities(representations: [_Any!]!): [_Entity]! }").definitions;
  const query = kept.find(({ name }) => name?.value === "Query");
  const others = kept.filter((definition) => definition !== query);
  const root = query ? { ...query, fields: [...query.fields, ...field.fields] } : field;
  return buildASTSchema({ kind: Kind.DOCUMENT, definitions: [...others, root] }, { assumeValidSDL: true });
}

/** `entities` gives, by type, what a representation stands for, or null; for an interface with its `__typename`. */
function rootOf({ fields = {}, entities = {} }) {
  const find = (representation) => {
    const found = entities[representation.__typename](representation);
    return found && { __typename: representation.__typename, ...found };
  };
  return { ...fields, _entities: ({ representations }) => representations.map(find) };
}

/**
 * Serves `{ sdl, fields, entities }` on a free port: `{ url, counts, stop }`, where `counts` are the requests that
 * came, in all and for entities.
 */
export async function serve(subgraph) {
  const schema = executable(subgraph.sdl, subgraph.entities ?? {});
  const counts = { all: 0, entities: 0 };
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request) body += piece;
    const { query, variables } = JSON.parse(body);
    counts.all += 1;
    if (query.includes("_entities")) counts.entities += 1;
    const answer = await graphql({ schema, source: query, variableValues: variables, rootValue: rootOf(subgraph) });
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answer));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const stop = () => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  };
  return { url: `http://127.0.0.1:${server.address().port}/graphql`, counts, stop };
}
